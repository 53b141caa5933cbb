import chapter from "../../../exercises/one_by_one/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
