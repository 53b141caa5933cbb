import chapter from "../../../exercises/bottleneck_arithmetic/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
