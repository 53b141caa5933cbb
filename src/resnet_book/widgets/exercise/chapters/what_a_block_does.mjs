import chapter from "../../../exercises/what_a_block_does/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
