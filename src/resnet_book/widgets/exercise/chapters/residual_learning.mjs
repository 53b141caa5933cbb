import chapter from "../../../exercises/residual_learning/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
