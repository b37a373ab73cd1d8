"""Invert Latent on flow models: every family of the host, built small, comes back by the sampler's own Euler steps."""

import logging
from typing import Any

import pytest
import torch
from dragkit.tests.host import graphs
from dragkit.tests.host.test_refusals import refusal
from dragkit.tools.comfyui import PINNED, configured_host, version_of
from dragkit.tools.graphs import inversion
from dragkit.tools.server import ComfyServer

FAMILIES = {"flux 16": "Flux", "qwen": "QwenImage", "z-image": "ZImage", "sd3": "SD3", "krea2": "Krea2"}
SETTINGS = {"steps": 8, "strength": 0.75, "method": "ddim", "spacing": "leading", "capture": "output blocks"}
pytestmark = pytest.mark.usefixtures("inference")


def families() -> list[str]:
    """Those that the ComfyUI knows whose tests these are; one that is not older than the pinned one knows all."""
    host = configured_host()
    if host is None or version_of(host) >= tuple(map(int, PINNED.split("."))):
        return list(FAMILIES)
    known = (host / "comfy" / "supported_models.py").read_text(encoding="utf-8")
    return [kind for kind, name in FAMILIES.items() if f"class {name}(" in known]


PICTURES = families()


def network(kind: str, dtype: str = "fp32") -> Any:
    from dragkit.tests.host.testpack.models import build

    return build(kind, dtype, seed=0)


def prompt() -> list:
    generator = torch.Generator().manual_seed(5)
    return [[torch.randn(1, 8, 32, generator=generator), {"pooled_output": torch.zeros(1, 16), "guidance": 1.0}]]


def picture(batch: int = 1, size: tuple[int, ...] = (12, 8)) -> dict[str, Any]:
    generator = torch.Generator().manual_seed(1)
    return {"samples": torch.randn(batch, 16, *size, generator=generator)}


def inverted(model: Any, latent: dict | None = None, refine: int = 0, **changes: Any) -> tuple:
    from dragkit.nodes.inversion import InvertLatent

    settings = SETTINGS | changes
    given = {"store": "auto", "refine": refine, "seed": 0}
    return InvertLatent.execute(model, prompt(), latent or picture(), **settings, **given).args


def sampled(model: Any, latent: dict, sigmas: torch.Tensor, sampler: Any = "euler") -> torch.Tensor:
    import comfy.samplers
    from comfy_extras.nodes_custom_sampler import SamplerCustom

    chosen = comfy.samplers.sampler_object(sampler) if isinstance(sampler, str) else sampler
    found = SamplerCustom.execute(model, False, 0, 1.0, prompt(), prompt(), chosen, sigmas, latent)
    return found.args[0]["samples"]


def round_trip(**settings: Any) -> dict:
    graph = graphs.round_trip(kind="flux 16") | {"invert": inversion(**settings)}
    graph["encode"]["inputs"]["channels"] = 16
    del graph["inject"]
    return graph


def error(found: torch.Tensor, latent: dict) -> float:
    """The size of what is wrong, as a share of the size of the picture."""
    wanted = latent["samples"]
    return float((found.view_as(wanted) - wanted).norm() / wanted.norm())


@pytest.mark.parametrize("kind", PICTURES)
def test_a_picture_comes_back(kind: str):
    model, given = network(kind), {"steps": 12, "strength": 1.0}
    errors = []
    for method in ("ddim", "euler"):
        noisy, sigmas, _ = inverted(model, method=method, **given)
        errors.append(error(sampled(model, noisy, sigmas), picture()))
    assert errors[0] < errors[1] / 1.5
    noisy, sigmas, _ = inverted(model, refine=6, **given)
    assert error(sampled(model, noisy, sigmas), picture()) < min(errors[0], 0.02)


@pytest.mark.parametrize("kind", PICTURES)
def test_what_is_recorded(kind: str):
    latent = picture(batch=2)
    noisy, sigmas, inversion = inverted(network(kind), latent)
    assert noisy["samples"].shape == latent["samples"].shape
    assert len(inversion.path) == len(sigmas) == 7 and sigmas[-1] == 0 and not inversion.states
    assert torch.equal(sigmas, inversion.sigmas.flip(0)) and (sigmas[:-1] > sigmas[1:]).all()
    assert {state.shape for state in inversion.path} == {latent["samples"].shape}


def test_ddim_means_uni_inv():
    paths = [inverted(network("flux 16"), method=method)[2].path for method in ("ddim", "uni-inv", "euler")]
    assert all(map(torch.equal, *paths[:2])) and not torch.equal(paths[0][-1], paths[2][-1])


def test_one_frame_of_a_video_autoencoder_is_a_picture():
    model, flat = network("qwen"), picture()
    latent = {"samples": flat["samples"].unsqueeze(2)}
    noisy, sigmas, inversion = inverted(model, latent, steps=16)
    assert noisy["samples"].shape == (1, 16, 1, 12, 8) and inversion.path[0].ndim == 4
    assert torch.equal(noisy["samples"][:, :, 0], inverted(model, flat, steps=16)[0]["samples"])
    assert error(sampled(model, noisy, sigmas), latent) < 0.05


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_in_half_precision(dtype: str):
    model = network("flux 16", dtype)
    noisy, sigmas, _ = inverted(model, steps=16, strength=1.0, refine=2)
    assert error(sampled(model, noisy, sigmas), picture()) < 0.05


def test_the_levels_are_those_of_the_hosts_scheduler():
    import comfy.samplers

    model = network("flux 16")
    sampling = model.get_model_object("model_sampling")
    sigmas = inverted(model, steps=20, strength=1.0)[1]
    expected = comfy.samplers.calculate_sigmas(sampling, "simple", 20)
    assert sigmas[1:].tolist() == pytest.approx(expected[1:].tolist()) and sigmas[0] == pytest.approx(0.999)


@pytest.mark.parametrize("kind", PICTURES)
def test_percentages_mean_the_hosts_noise_levels(kind: str):
    from dragkit.nodes.host.flows import flow_levels

    model = network(kind)
    sampling, schedule = model.get_model_object("model_sampling"), flow_levels(model, "Test")
    for step in range(101):
        expected = float(sampling.percent_to_sigma(step / 100))
        assert schedule.percent_to_sigma(step / 100) == pytest.approx(expected, abs=1e-5)


def test_what_the_first_choices_mean_is_logged(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO, "dragkit")
    inverted(network("flux 16"))
    assert "ddim on a flow model is uni-inv" in caplog.text and "nothing is recorded of a flow model" in caplog.text
    caplog.clear()
    inverted(network("flux 16"), method="uni-inv", capture="none")
    assert not caplog.text


def test_a_distilled_models_guidance_is_told(caplog: pytest.LogCaptureFixture):
    from dragkit.nodes.host.flows import note_guidance

    note_guidance(network("flux 16"), prompt(), "Test")
    assert not caplog.text
    note_guidance(network("flux 16"), [[prompt()[0][0], {}]], "Test")
    assert "a guidance of 3.5" in caplog.text and "Flux Guidance with 1" in caplog.text


@pytest.mark.parametrize("kind", ["flux 16", "qwen"])
@pytest.mark.parametrize(("method", "noise"), [("ddpm", 0.0), ("uni-inv", 0.0), ("ddpm", 1.0)])
def test_regions_are_pasted_along_the_way_back(kind: str, method: str, noise: float):
    """RegionDrag: a region pasted onto itself returns the picture; moved, it changes it."""
    model, still = network(kind), noise == 0.0
    noisy, sigmas, inversion = inverted(model, method=method, refine=6 if method == "uni-inv" else 0, steps=12)
    move = [0, 0] if still else [32, 24]
    latent, sampler = pasted(inversion, move, noise)
    found = error(sampled(model, latent, sigmas, sampler), picture())
    assert len(inversion.noises) == (len(sigmas) - 1 if method == "ddpm" else 0)
    assert found < (2e-4 if method == "ddpm" else 0.02) if still else found > 0.1


def pasted(inversion: Any, move: list[int], noise_scale: float) -> tuple[dict, Any]:
    from dragkit.core.instruction.form import read_drag
    from dragkit.nodes.regiondrag import RegionCopyPaste

    square = {"polygon": [[0, 0], [32, 0], [32, 40], [0, 40]]}
    drag = {"version": 1, "size": [64, 96], "regions": [{"source": square, "affine": {"move": move}}]}
    settings = {"end_percent": 1.0, "noise_region": "whole source", "seed": 1}
    return RegionCopyPaste.execute(inversion, read_drag(drag), noise_scale, **settings).args[:2]


def test_labels_of_the_papers_program_are_refused():
    from dragkit.core.instruction.form import read_drag
    from dragkit.nodes.regiondrag import RegionCopyPaste

    inversion = inverted(network("flux 16"), method="ddpm")[2]
    with pytest.raises(ValueError, match="labels reference are noise levels of Stable Diffusion"):
        RegionCopyPaste.execute(inversion, read_drag(graphs.REGION), 1.0, 1.0, "whole source", 1, labels="reference")


def test_videos_are_refused():
    with pytest.raises(ValueError, match=r"InvertLatent: this MODEL .* makes videos.*such as FLUX"):
        inverted(network("wan"))


def test_ways_of_other_models_are_refused():
    from dragkit.tests.host.test_models import model

    with pytest.raises(ValueError, match="uni-inv inverts flow models.*Set method to ddim or ddpm"):
        inverted(model(), {"samples": torch.ones(1, 4, 16, 16)}, method="uni-inv", capture="none")


def test_a_flow_model_on_a_server(server: ComfyServer):
    """The whole way, by nodes of the host."""
    graph = round_trip(refine=4, steps=20)
    report = server.prompt(graph).outputs["compare"]["report"][0]
    assert report["finite"] and report["relative"] < 0.02


def test_a_strength_without_a_step_is_refused(server: ComfyServer):
    graph = round_trip(steps=10, strength=0.0)
    assert "InvertLatent: a strength of 0 of 10 steps leaves no step" in str(refusal(server, graph))


def test_attention_of_a_unet_is_refused_on_it(server: ComfyServer):
    found = str(refusal(server, round_trip() | graphs.inject() | graphs.sample(latent="invert")))
    assert "KVInjectAttention" in found and "no UNet attention" in found
