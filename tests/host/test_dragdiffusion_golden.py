"""The nodes on the host's own UNet against the original DragDiffusion's results on the same weights."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from dragkit.tests.host.golden_network import FOLDER, conditioning, golden_model

FULL, MASA = np.load(FOLDER / "tiny_full.npz"), np.load(FOLDER / "tiny_masactrl.npz")


def cases(data) -> list[str]:
    return sorted({key.split("_")[0] for key in data.files if key.endswith("_par")})


@pytest.fixture(scope="module")
def model(host):
    from dragkit.tools.in_process import use_host

    use_host()
    with torch.inference_mode():
        yield golden_model()


def latent_units(model, state: np.ndarray, sigma: torch.Tensor) -> dict:
    """DDPM's x as the LATENT of a sampler that starts at sigma."""
    return {"samples": model.model.process_latent_out(torch.from_numpy(state) * (1 + sigma**2).sqrt())}


def ddpm_units(model, latent: dict, sigma: torch.Tensor) -> torch.Tensor:
    return model.model.process_latent_in(latent["samples"]) / (1 + sigma**2).sqrt()


def sample(model, positive, negative, latent: dict, sigmas: torch.Tensor, cfg: float = 1.0) -> dict:
    """The core sampling by Euler's method without noise."""
    import comfy.sample
    import comfy.samplers

    start = latent["samples"]
    euler = comfy.samplers.sampler_object("euler")
    noise = torch.zeros_like(start)
    samples = comfy.sample.sample_custom(
        model, noise, cfg, euler, sigmas, positive, negative, start, disable_pbar=True, seed=0
    )
    return {"samples": samples}


class FullRun(NamedTuple):
    """The settings of a whole edit of the original."""

    steps: float
    strength: float
    levels: float
    radius_motion: float
    radius_track: float
    mask_weight: float
    learning_rate: float
    updates: float
    start_step: float
    start_layer: float
    feature: float


def invert(model, positive, clean: np.ndarray, run: FullRun):
    from dragkit.nodes.inversion import InvertLatent

    settings = {"method": "ddim", "spacing": "leading", "capture": "none", "store": "auto", "refine": 0, "seed": 0}
    latent = {"samples": model.model.process_latent_out(torch.from_numpy(clean))}
    return InvertLatent.execute(model, positive, latent, int(run.steps), run.strength, **settings).args


def instruction(points: np.ndarray, box: np.ndarray, size: tuple[int, int]):
    from dragkit.core.instruction.form import read_drag

    top, bottom, left, right = box.tolist()
    corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
    pairs = zip(points[0::2].tolist(), points[1::2].tolist(), strict=True)
    drags = [{"handle": handle, "target": target} for handle, target in pairs]
    return read_drag(
        {"version": 1, "size": list(size), "drags": drags, "mask": [{"polygon": corners}] if box.any() else []}
    )


@pytest.mark.parametrize("case", cases(FULL))
def test_a_whole_edit_follows_the_original(model, case: str):
    from dragkit.core.optimise.latent import DragSettings
    from dragkit.nodes.dragdiffusion import DragOptimizeLatent
    from dragkit.nodes.gradients.drag_run import DragRun, Schedule
    from dragkit.nodes.gradients.followed import Followed
    from dragkit.nodes.gradients.plan import make_plan, read_blocks
    from dragkit.nodes.reference import ReferenceAttention

    def field(name: str) -> np.ndarray:
        return FULL[f"{case}_{name}"]

    original = FullRun(*field("par").tolist())
    positive = conditioning(field("emb"))
    noisy, sigmas, inversion = invert(model, positive, field("x0"), original)
    np.testing.assert_allclose(ddpm_units(model, noisy, sigmas[0]), field("zT"), atol=2e-4)

    height, width = (8 * side for side in field("x0").shape[-2:])
    drag = instruction(field("points"), field("maskbox"), (width, height))
    settings = (
        int(original.updates),
        original.learning_rate,
        int(original.radius_motion),
        int(original.radius_track),
        original.mask_weight,
    )
    block = str(int(3 * original.feature - 1))
    plan = make_plan(drag, inversion.path[-1], None, "Test")
    followed = Followed("Test", model, inversion, plan, read_blocks(block, model, "Test"))
    run = DragRun(followed, DragSettings(*settings), Schedule.AT_ONCE)
    _, dragged = run({"positive": positive}, 1.0, checkpointing=False)
    history = torch.from_numpy(field("hist")).flip(-1)
    assert torch.equal(torch.stack(dragged.history[: len(history)]), history)

    latent, ended, report, _, left = DragOptimizeLatent.execute(model, positive, inversion, drag, *settings, block).args
    source, edited = ddpm_units(model, latent, left[0]).split(1)
    np.testing.assert_allclose(source, field("zT"), atol=2e-4)
    np.testing.assert_allclose(edited, field("z_drag"), atol=2e-4)
    assert len(report.splitlines()) == len(ended.drags)

    reference = ReferenceAttention.execute(model, int(original.start_layer), 0.0).args[0]
    final = sample(reference, positive, positive, latent, left)
    np.testing.assert_allclose(ddpm_units(model, final, left[-1]), field("final"), atol=2e-3)


@pytest.mark.parametrize("case", cases(MASA))
def test_reference_attention_follows_the_original(model, case: str):
    from dragkit.core.invert.ddim import Spacing, inversion_timesteps
    from dragkit.nodes.reference import ReferenceAttention

    def field(name: str) -> np.ndarray:
        return MASA[f"{case}_{name}"]

    steps, strength, levels, start_step, start_layer, cfg = field("par").tolist()
    timesteps = [0, *inversion_timesteps(int(steps), strength, Spacing.LEADING)]
    assert len(timesteps) == levels + 1
    grid = model.get_model_object("model_sampling").sigmas
    sigmas = grid[timesteps].flip(0)
    start_percent = 1 - (timesteps[-1 - int(start_step)] + 1) / 999 if start_step else 0.0
    reference = ReferenceAttention.execute(model, int(start_layer), start_percent).args[0]
    pair = np.concatenate([field("z_src"), field("z_edit")])
    positive, negative = conditioning(field("emb")), conditioning(field("neg"))
    start = latent_units(model, pair, sigmas[0])
    for index, expected in zip(field("traj_idx").tolist(), field("traj"), strict=True):
        found = sample(reference, positive, negative, start, sigmas[: index + 1], cfg)
        np.testing.assert_allclose(ddpm_units(model, found, sigmas[index]), expected, atol=2e-4)
