import chapter from "../../../exercises/fashion_mnist/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
