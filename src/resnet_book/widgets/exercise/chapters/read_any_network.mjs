import chapter from "../../../exercises/read_any_network/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
