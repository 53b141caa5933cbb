import chapter from "../../../exercises/cifar_family/exercises.mjs";
import { exercise } from "../widget.mjs";

export default exercise(chapter);
