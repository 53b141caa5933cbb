"""Faces that our own code draws, with their exact 68 points: no photograph, no person, the same in the page.

face = parameters(range(8))
draw(face, 64), face_points(face)     # (8, 3, 64, 64) uint8, (8, 68, 2) with the picture's side as 1
"""

from .head import Face, face_points, parameters
from .paint import draw

__all__ = ["Face", "draw", "face_points", "parameters"]
