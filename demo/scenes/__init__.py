"""Rendered scenes: every picture is a function of parameters, so the true result of a drag is known exactly.

Lengths are fractions of the picture's side, the origin is the top left corner, x points right and y down.
Parameters travel as a dict of (B,) tensors; pictures are (B, 3, size, size) in 0..1. The first three scenes move
what is in the picture; in the others a drag changes the view or the state: something turns, opens, bends or grows.
"""

from .ball import BALL
from .box import BOX
from .canvas import Canvas, Window
from .face import FACE
from .flower import FLOWER
from .head import HEAD
from .lamp import LAMP
from .monster import MONSTER
from .mountain import MOUNTAIN, ridge
from .scene import Keypoint, Parameters, Scene
from .vase import VASE

SCENES = {scene.name: scene for scene in (BALL, FACE, MOUNTAIN, HEAD, BOX, VASE, MONSTER, LAMP, FLOWER)}

__all__ = ["SCENES", "Canvas", "Keypoint", "Parameters", "Scene", "Window", "ridge"]
