import chapter from "../../../exercises/batch_normalization/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
