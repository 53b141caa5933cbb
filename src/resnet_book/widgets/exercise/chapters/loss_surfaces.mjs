import chapter from "../../../exercises/loss_surfaces/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
