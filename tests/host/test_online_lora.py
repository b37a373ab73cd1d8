"""Drag Online LoRA: against the original program's steps on the same weights, and on a real server."""

import ast
import csv
import json
from typing import Any

import numpy as np
import pytest
import torch
from dragkit.tests.host import graphs
from dragkit.tests.host.golden_network import FOLDER, conditioning, golden_model
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, inversion, node
from dragkit.tools.in_process import use_host
from dragkit.tools.server import ComfyServer

RECORDED = np.load(FOLDER / "draglora_online.npz")
SETTINGS = json.loads(str(RECORDED["params"]))
MASKED = graphs.DRAG | {"mask": [{"polygon": [[16, 16], [112, 16], [112, 112], [16, 112]]}]}


def recorded_pairs() -> dict[str, Any]:
    """The LoRA that the original began with."""
    from dragkit.core.optimise.lora import LowRank

    factors = []
    for name in ("down", "up"):
        shapes = RECORDED[f"{name}_shapes"].tolist()
        parts = torch.from_numpy(RECORDED[f"init_{name}"]).split([rows * columns for rows, columns in shapes])
        factors.append([part.view(*shape).clone() for part, shape in zip(parts, shapes, strict=True)])
    return dict(zip(json.loads(str(RECORDED["modules"])), map(LowRank, *factors), strict=True))


def recorded_drag():
    from dragkit.core.instruction.form import read_drag

    (handle, target), (top, bottom, left, right) = SETTINGS["points"], SETTINGS["maskbox"]
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    drags = [{"handle": handle, "target": target}]
    return read_drag({"version": 1, "size": [128, 128], "drags": drags, "mask": [{"polygon": corners}]})


def recorded_inversion(model):
    """One level below the original's timestep, as far as sampling would go, and its latent at that timestep."""
    from dragkit.core.invert.ddim import Inversion
    from dragkit.nodes.host.models import identify, noise_levels

    timestep = int(RECORDED["t"])
    sigmas = model.get_model_object("model_sampling").sigmas[[timestep - 20, timestep]]
    state = torch.from_numpy(RECORDED["latent0"]) * (1 + sigmas[-1] ** 2).sqrt()
    return Inversion(sigmas, (state,), (), (), 50, noise_levels(model, "test"), identify(model))


class Replay:
    """The node's run with the LoRA, the draws and the reference network of the original."""

    def __init__(self, model, checkpointing: bool, monkeypatch: pytest.MonkeyPatch):
        from dragkit.core.optimise import online_lora as core
        from dragkit.core.optimise.latent import DragSettings
        from dragkit.core.optimise.lora import LowRank, adapted
        from dragkit.nodes import online_lora as nodes
        from dragkit.nodes.gradients.followed import Followed
        from dragkit.nodes.gradients.places import last_enlarging_block
        from dragkit.nodes.gradients.plan import make_plan

        initial, track = recorded_pairs(), core.track_nearer
        self.found, self.latents = [], []

        def start(*_: object) -> dict[str, LowRank]:
            return {name: LowRank(*(f.clone().requires_grad_() for f in pair)) for name, pair in initial.items()}

        def original_noise(online, latent: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
            with adapted(online.layers, initial):
                return online.evaluate(latent, sigma, True).noise

        def tracked(*args: Any):
            self.found.append(track(*args))
            return self.found[-1]

        def draws(sigmas: torch.Tensor, *_: object):
            values = (torch.from_numpy(RECORDED[key]).clone() for key in ("dds_noise", "ilfa_noise"))
            return map(core.Draw, sigmas[RECORDED["dds_t"]], *(noise[:, None] for noise in values))

        monkeypatch.setattr(nodes, "start_pairs", start)
        monkeypatch.setattr(nodes, "random_draws", draws)
        monkeypatch.setattr(core, "track_nearer", tracked)
        monkeypatch.setattr(core.OnlineLoRA, "original_noise", original_noise)
        monkeypatch.setattr(
            "latent_preview.prepare_callback", lambda *_: lambda step, clean, latent, total: self.latents.append(latent)
        )
        rates = (SETTINGS["n_pix_step"], SETTINGS["lora_lr"], SETTINGS["r_m"], SETTINGS["r_p"], SETTINGS["lam_mask"])
        inversion = recorded_inversion(model)
        plan = make_plan(recorded_drag(), inversion.path[-1], None, "Test")
        settings = core.OnlineSettings(DragSettings(*rates), SETTINGS["lam_dds"])
        block = last_enlarging_block(model.model.diffusion_model)
        self.run = nodes.OnlineRun(Followed("Test", model, inversion, plan, (block,)), settings, SETTINGS["rank"], 0)
        self.pair, learned = self.run({"positive": conditioning(RECORDED["emb"])}, checkpointing)
        self.dragged = learned.dragged


@pytest.fixture(scope="module")
def golden(host) -> Any:
    use_host()
    with torch.inference_mode():
        yield golden_model()


@pytest.mark.parametrize("checkpointing", [False, True])
def test_learning_follows_the_original(golden, checkpointing: bool, monkeypatch: pytest.MonkeyPatch):
    """Beyond the original's last step the handles are tracked once more."""
    replay = Replay(golden, checkpointing, monkeypatch)
    found = replay.found[: len(RECORDED["tracked"])]
    places = torch.stack([item.places for item in found]).flip(-1)
    assert torch.equal(places, torch.from_numpy(RECORDED["tracked"]))
    nearness = torch.stack([item.distances for item in found])
    torch.testing.assert_close(nearness, torch.tensor(json.loads(str(RECORDED["minD"]))), atol=1e-6, rtol=0)
    rows = list(csv.DictReader(str(RECORDED["csv"]).splitlines()))
    history = torch.tensor([ast.literal_eval(row["PTs"]) for row in rows]).flip(-1)
    assert torch.equal(torch.stack(replay.dragged.history[: len(rows)]), history)
    trackings, _ = ast.literal_eval(rows[-1]["Steps"])
    assert replay.run.learned.put_back == len(found) - trackings

    np.testing.assert_allclose(replay.run.learned.losses, RECORDED["losses"], rtol=1e-5)
    latents = [replay.dragged.source, *replay.latents]
    for number, expected in zip(RECORDED["lat_idx"], RECORDED["latents"], strict=True):
        np.testing.assert_allclose(latents[number - 1][0], expected, atol=1e-4)
    np.testing.assert_allclose(replay.dragged.edited, RECORDED["final_latent"], atol=1e-4)
    learned = torch.cat([pair.up.detach().flatten() for pair in replay.run.pairs.values()])
    np.testing.assert_allclose(learned, RECORDED["final_up"], atol=5e-5)


def learn(**settings: Any) -> dict[str, Any]:
    """A short run on a random network."""
    numbers = {"steps": 3, "learning_rate": 1e-3, "radius_motion": 1, "radius_track": 3, "mask_weight": 0.1}
    links = {"model": ["model", 0], "positive": ["model", 1], "inversion": ["invert", 2], "drag": ["drag", 0]}
    return node("DragOnlineLoRA", **(links | numbers | {"dds_weight": 50.0, "rank": 4, "seed": 0} | settings))


def edit(drag: Any = MASKED, model: tuple = ("learn", 0), learned: dict[str, Any] | None = None, **kind: Any) -> Graph:
    """A whole edit; compares the `edited` row with the `source` row."""
    graph = {
        **graphs.source(**kind),
        "invert": inversion(steps=20, capture="none"),
        "drag": node("DragFromJSON", json=drag),
        "learn": learn(**(learned or {})),
        "report": node("PreviewAny", source=["learn", 3]),
        "path": node("SaveImage", images=["learn", 4], filename_prefix="path"),
        "pair": node("LatentFromBatch", samples=["learn", 1], batch_index=0, length=2),
        "reference": node("ReferenceAttention", model=list(model), start_layer=2, start_percent=0.0),
        **graphs.sample(model="reference", latent="pair"),
    }
    for row, name in enumerate(("source", "edited")):
        graph[name] = node("LatentFromBatch", samples=["sample", 0], batch_index=row, length=1)
    return graph | graphs.compare("edited", "source")


def relative(server: ComfyServer, graph: Graph, *names: str) -> list[float]:
    outputs = server.prompt(graph).outputs
    return [outputs[name]["report"][0]["relative"] for name in names]


@pytest.mark.parametrize(("kind", "dtype"), [("sd15", "fp32"), ("sdxl", "bf16")])
def test_edits_on_every_architecture(server: ComfyServer, kind: str, dtype: str):
    result = server.prompt(edit(kind=kind, dtype=dtype))
    found = result.outputs["compare"]["report"][0]
    assert found["finite"] and found["shape"] == [1, 4, 16, 16] and found["relative"] > 0.01
    handle, summary = result.outputs["report"]["text"][0].splitlines()
    assert handle.startswith("handle 1: ") and "after 3 steps" in handle
    assert summary.startswith("3 steps with gradients, 0 without; lost handles were put back ")
    assert len(server.view(result.outputs["path"]["images"][0])) > 100
    progress = [e["data"] for e in result.events if e["type"] == "progress" and e["data"]["node"] == "learn"]
    assert (progress[-1]["value"], progress[-1]["max"]) == (3, 3)


def test_a_seed_names_its_result_which_checkpointing_keeps(server: ComfyServer):
    graph = edit() | {"picture": node("EmptyImage", width=128, height=128, batch_size=1, color=0)}
    others = {"equal": {"image": ["picture", 0]}, "other": {"seed": 1}, "checkpointed": {"checkpointing": True}}
    for name, changes in others.items():
        graph[f"learn_{name}"] = learn(**changes)
        graph[name] = node("LatentFromBatch", samples=[f"learn_{name}", 1], batch_index=0, length=2)
        graph |= graphs.compare(name, "pair", f"compare_{name}")
    equal, other, checkpointed = relative(server, graph, *(f"compare_{name}" for name in others))
    assert equal == 0 and other > 1e-3 and checkpointed < 1e-4


def test_the_lora_is_what_changes_the_model(server: ComfyServer):
    """Loaded by hand it gives the same picture; the user's model stays as it was."""
    graph = edit()
    graph["loaded"] = node("LoraModelLoader", model=["model", 0], lora=["learn", 5], strength_model=1.0, bypass=False)
    graph["after"] = node("TestPassThrough", value=["model", 0], after=["learn", 5])
    for name in ("model", "after", "loaded", "learn"):
        graph[f"by_{name}"] = graphs.sample(model=name, latent="pair")["sample"]
    pairs = {"same": ("loaded", "learn"), "unchanged": ("after", "model"), "changed": ("learn", "model")}
    for name, (one, two) in pairs.items():
        graph |= graphs.compare(f"by_{one}", f"by_{two}", name)
    same, unchanged, changed = relative(server, graph, *pairs)
    assert same == 0 and unchanged == 0 and changed > 1e-3


def test_without_a_mask_the_latent_stays(server: ComfyServer):
    graph = edit(graphs.DRAG)
    for row in (0, 1):
        graph[f"row_{row}"] = node("LatentFromBatch", samples=["learn", 1], batch_index=row, length=1)
    graph |= graphs.compare("row_1", "row_0", "rows") | graphs.compare("row_0", "invert", "start")
    assert max(relative(server, graph, "rows", "start")) < 1e-6


STRANGER = {"stranger": node("TestRandomModel", kind="sd15", dtype="fp32", seed=1)}
BROKEN = {"encode": node("TestRandomLatent", width=16, height=16, batch=1, seed=1, broken=True)}
REFUSALS = [
    ({"learned": {"model": ["stranger", 0]}}, STRANGER, "DragOnlineLoRA: the inversion was made with another MODEL"),
    ({"batch": 2}, {}, "DragOnlineLoRA: the inversion is of 2 pictures"),
    ({}, BROKEN, "InvertLatent: the latent is broken, with values"),
]


@pytest.mark.parametrize(("settings", "others", "message"), REFUSALS, ids=[message for *_, message in REFUSALS])
def test_what_cannot_be_learned_is_refused(server: ComfyServer, settings: dict, others: Graph, message: str):
    with pytest.raises(PromptError) as error:
        server.prompt(edit(**settings) | others)
    assert message in str(error.value) and error.value.details["exception_type"] == "ValueError"
