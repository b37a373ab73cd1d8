"""The edits that bulk runs are measured with: rendered pictures moved in the reference of the bundled transformer."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from ...demo.scenes import SCENES
from ...tools.graphs import Graph
from ...tools.pictures import to_image
from ...tools.transformer_graphs import dragreference
from ..truth.cases import SIZE, header

SCENE = "ball"
EDITS_A_PICTURE = 5
SHIFT = 24.0  # pixels


def bulk_graph(picture: str = "picture.png") -> Graph:
    """The edit as one prompt, which saves its result alone."""
    graph = dragreference(picture, {}, SCENE)
    return {name: part for name, part in graph.items() if name not in ("before", "drawn", "show")}


def write_jobs(folder: Path, edits: int) -> tuple[Path, Path]:
    """Writes a table of jobs with its pictures, and the graph; returns both files."""
    scene, generator, rows = SCENES[SCENE], torch.Generator().manual_seed(7), []
    for number in range(-(-edits // EDITS_A_PICTURE)):
        parameters = scene.sample(1, generator)
        to_image(scene.render(parameters, SIZE)[0]).save(folder / f"{number:03}.png")
        place = (scene.place(parameters, SCENE)[0] * SIZE).tolist()
        rows += [row(f"{number:03}", edit, place) for edit in range(EDITS_A_PICTURE)]
    table, graph = folder / "jobs.jsonl", folder / "graph.json"
    table.write_text("".join(json.dumps(each) + "\n" for each in rows[:edits]), encoding="utf-8")
    graph.write_text(json.dumps(bulk_graph()), encoding="utf-8")
    return table, graph


def row(picture: str, edit: int, place: list[float]) -> dict:
    """One of several moves of a picture's ball."""
    angle = torch.tensor(2 * torch.pi * edit / EDITS_A_PICTURE)
    move = [round(SHIFT * float(part), 1) for part in (angle.cos(), angle.sin())]
    ball = {"brush": [{"radius": 40, "points": [[round(part, 1) for part in place]]}]}
    regions = [{"source": ball, "affine": {"move": move, "scale": [1, 1], "rotate": 0}}]
    drag = {**header(), "drags": [], "regions": regions, "mask": []}
    return {"id": f"{picture}/{edit}", "picture": f"{picture}.png", "drag": drag}
