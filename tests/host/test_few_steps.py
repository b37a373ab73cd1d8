"""Models of few steps: every step has a noise level of its own, the same up and down, and no drag is no change."""

from typing import Any

import pytest
from dragkit.tests.host.test_fastdrag import report
from dragkit.tests.host.test_models import model, patched_sampling
from dragkit.tools import graphs
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer

LCM, LIGHTNING = ("lcm", 5, 0.8, "leading"), ("eps", 4, 0.75, "linspace")
TAUGHT = {LCM: [39, 239, 439, 639], LIGHTNING: [250, 500, 749], ("eps", 8, 0.75, "linspace"): None}
HOLDS = 0.1


def graph(sampling: str, steps: int, strength: float, spacing: str, refine: int) -> Graph:
    """The bundled network with noise levels of few-step models, up and down again."""
    way = {"steps": steps, "strength": strength, "spacing": spacing, "refine": refine}
    return {
        "demo": node("DragDemoModel", scene="ball"),
        "model": node("ModelSamplingDiscrete", model=["demo", 0], sampling=sampling, zsnr=False),
        "picture": node("DragDemoPicture", scene="ball", seed=0),
        "encode": node("VAEEncode", pixels=["picture", 0], vae=["demo", 3]),
        "invert": graphs.inversion(positive=["demo", 1], **way),
        "inject": graphs.injection(),
        "euler": node("KSamplerSelect", sampler_name="euler"),
        "sample": node(
            "SamplerCustom",
            **{"model": ["inject", 0], "positive": ["demo", 1], "negative": ["demo", 2], "sampler": ["euler", 0]},
            **{"sigmas": ["invert", 1], "latent_image": ["invert", 0], "add_noise": False, "noise_seed": 0, "cfg": 1.0},
        ),
        "compare": node("TestCompareLatents", a=["sample", 0], b=["encode", 0]),
    }


def timesteps(sampling: str, steps: int, strength: float, spacing: str) -> list[float]:
    """The timesteps at which a MODEL is asked, up; the sampler's are those of the same sigmas."""
    from dragkit.core.invert.ddim import Spacing
    from dragkit.nodes.host.inversions import Method
    from dragkit.nodes.host.models import noise_levels
    from dragkit.nodes.inversion import inverted_levels

    patched: Any = patched_sampling(model(), sampling)
    sigmas = inverted_levels(noise_levels(patched, "Test"), steps, strength, Spacing(spacing), Method.DDIM)
    assert (sigmas.diff() > 0).all()
    return patched.get_model_object("model_sampling").timestep(sigmas[1:]).tolist()


@pytest.mark.usefixtures("inference")
@pytest.mark.parametrize("way", TAUGHT, ids=str)
def test_every_step_has_a_level_of_its_own(way: tuple):
    found = timesteps(*way)
    assert len(set(found)) == len(found) == round(way[1] * way[2])
    assert TAUGHT[way] in (None, found)


@pytest.mark.parametrize(("way", "refine"), [(LCM, 2), (LIGHTNING, 6)], ids=["lcm", "lightning"])
def test_no_drag_is_no_change(server: ComfyServer, way: tuple, refine: int):
    plain, refined = (report(server.prompt(graph(*way, times)))["relative"] for times in (0, refine))
    assert refined < HOLDS < plain
