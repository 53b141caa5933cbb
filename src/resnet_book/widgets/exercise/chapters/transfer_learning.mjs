import chapter from "../../../exercises/transfer_learning/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
