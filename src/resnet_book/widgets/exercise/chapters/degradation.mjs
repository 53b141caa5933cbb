import chapter from "../../../exercises/degradation/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
