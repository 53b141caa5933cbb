// Drawn faces as the page draws them: parameters, points and pictures of a seed.

import { draw, face_points, parameters } from "../../src/resnet_book/widgets/face_follower/drawing.mjs";

export default async function answer({ seeds, hard, changes, size }) {
  const faces = seeds.map((/** @type {number} */ seed) => ({ ...parameters(seed, hard), ...changes }));
  return { faces, points: faces.map(face_points), pictures: faces.map((face) => [...draw(face, size)]) };
}
