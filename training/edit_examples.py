"""What the transformer learns from: a scene before and after a drag, the first as a reference that lies a part of a
token off, its tokens labelled with where their content belongs.

A token is a latent cell of 8 pixels; places are (row, column) in tokens of the whole picture.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
import torch.nn.functional as F
from torch import Tensor

from demo.scenes import SCENES, Parameters, Scene, Window

from .autoencoder import Autoencoder

SIZE, CELL = 256, 8
MARGIN = 1  # tokens that are encoded around a window and cut away
CHANGED = 0.05  # of a channel, that a token counts as changed
RIGID = {"ball": "radius", "sun": "sun_size", "face": "face_size"}
OFF = 4.0  # how far a reference lies off, at most, in pixels


@dataclass
class Examples:
    """Windows of scenes, (B, ...) each."""

    reference: Tensor  # (B, C, cells, cells), before
    target: Tensor  # (B, C, cells, cells), after
    origin: Tensor  # (B, 2): where the window begins
    off: Tensor  # (B, 2): how far the reference's cells lie from the target's
    place: Tensor  # (B, 2): the handle
    shift: Tensor  # (B, 2): zero where nothing is dragged
    radius: Tensor  # (B,): of what surely moves with the handle, in tokens
    changed: Tensor  # (B, cells, cells): where the reference is no longer true
    kind: Tensor  # (B,)

    def take(self, rows: Tensor) -> Examples:
        return Examples(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def joined(self, other: Examples, keep: int) -> Examples:
        """Both, the newest `keep` of them."""
        parts = {f.name: torch.cat([getattr(self, f.name), getattr(other, f.name)])[-keep:] for f in fields(self)}
        return Examples(**parts)


def draw(number: int, count: int, cells: int, autoencoder: Autoencoder) -> Examples:
    """Examples of one scene (its number from 1), every second one dragged."""
    scene = list(SCENES.values())[number - 1]
    before, after, place, shift, radius = dragged(scene, count)
    origin = window_origin(place, shift, cells)
    off = (2 * torch.rand(count, 2) - 1) * OFF / CELL
    shown = window(origin, cells)
    lying = window(origin + off, cells)
    old = scene.render(before, SIZE, lying)
    new = scene.render(after, SIZE, lying)
    changed = F.max_pool2d((old - new).abs().amax(1, keepdim=True), CELL)[:, 0] > CHANGED
    inner = slice(MARGIN, MARGIN + cells)
    latents = autoencoder.encode(torch.cat([old, scene.render(after, SIZE, shown)]))[..., inner, inner]
    reference, target = latents.half().chunk(2)
    kind = torch.full((count,), number)
    return Examples(reference, target, origin, off, place, shift, radius, changed[:, inner, inner], kind)


def dragged(scene: Scene, count: int) -> tuple[Parameters, Parameters, Tensor, Tensor, Tensor]:
    """Parameters before and after a drag of a random keypoint; place and shift (B, 2) and radius (B,) in tokens."""
    generator = torch.Generator().manual_seed(int(torch.randint(2**31, ())))
    before, other = scene.sample(count, generator), scene.sample(count, generator)
    names = list(scene.keypoints)
    name = names[int(torch.randint(len(names), ()))]
    axes = [axis[-1] for axis in scene.keypoints[name]]
    moves = (torch.rand(count) < 0.6).float()
    part = moves * torch.rand(count).sqrt()
    shift = [(other[axis] - before[axis]) * part for axis in axes]
    after = scene.moved(before, name, (shift[0], shift[1]))
    place = scene.place(before, name)
    if name in RIGID:
        radius = before[RIGID[name]] * (1.35 if name != "sun" else 2.2)
    else:
        radius = 0.02 + 0.06 * torch.rand(count)
    cells = SIZE / CELL
    return before, after, place.flip(1) * cells, torch.stack(shift, dim=1).flip(1) * cells, radius * cells


def window_origin(place: Tensor, shift: Tensor, cells: int) -> Tensor:
    """Whole tokens at which windows begin, (B, 2), near to what moves."""
    last = SIZE // CELL - cells
    middle = place + torch.rand(len(place), 1) * shift + 6 * torch.randn_like(place)
    return (middle - cells / 2).round().clamp(0, last)


def window(origin: Tensor, cells: int) -> Window:
    """The pixels of windows of so many cells and a margin, from their origin (B, 2)."""
    top, left = ((origin - MARGIN) * CELL).view(-1, 2, 1, 1).unbind(1)
    return Window(left, top, (cells + 2 * MARGIN) * CELL)


def grid(origin: Tensor, cells: int) -> Tensor:
    """Places of a window's tokens, (B, cells * cells, 2)."""
    steps = torch.arange(cells).float()
    return origin[:, None] + torch.cartesian_prod(steps, steps)


def labelled(examples: Examples, hidden: float) -> tuple[Tensor, Tensor]:
    """Where the reference's tokens belong, (B, L, 2), and which of them are shown, (B, L).

    What lies around the handle is labelled with where it is dragged; what else is no longer true, and what the
    dragged lies on, is hidden, and in the `hidden` part of them a rectangle besides.
    """
    cells = examples.reference.shape[-1]
    places = grid(examples.origin + examples.off, cells)
    held = (places + 0.5 - examples.place[:, None]).norm(dim=-1) < examples.radius[:, None]
    held = held & (examples.shift.norm(dim=-1) > 0)[:, None]
    shown = held | ~examples.changed.flatten(1)
    moved = torch.where(held[..., None], places + examples.shift[:, None], places)
    apart = torch.cdist(moved, moved, p=float("inf"))  # a token that something dragged lies on is covered
    covered = ((apart < 0.75) & held[:, None]).any(-1) & ~held
    return moved, shown & ~covered & ~rectangles(len(places), cells, hidden)


def rectangles(count: int, cells: int, part: float) -> Tensor:
    """A random rectangle of at most half the side in a part of the windows, (B, cells * cells)."""
    size = torch.randint(2, cells // 2 + 2, (count, 2))
    start = (torch.rand(count, 2) * (cells + 1 - size)).floor()
    steps = torch.arange(cells)
    inside = [(steps >= start[:, i, None]) & (steps < (start + size)[:, i, None]) for i in range(2)]  # (B, cells) each
    chosen = torch.rand(count) < part
    return (inside[0][:, :, None] & inside[1][:, None] & chosen[:, None, None]).flatten(1)


def gathered(tokens: Tensor, places: Tensor, shown: Tensor) -> tuple[Tensor, Tensor]:
    """As many shown tokens (B, K, C) and places (B, K, 2) of every window, as few as one of them has."""
    count = int(shown.sum(1).min())
    order = (shown + 0.9 * torch.rand(shown.shape)).argsort(dim=1, descending=True)[:, :count, None]
    return tokens.gather(1, order.expand(-1, -1, tokens.shape[-1])), places.gather(1, order.expand(-1, -1, 2))
