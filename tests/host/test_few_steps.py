"""Models of few steps: every step has a noise level of its own, the same up and down, and no drag is no change."""

from typing import Any

import pytest
from dragkit.tests.host.test_fastdrag import report
from dragkit.tests.host.test_models import model, patched_sampling
from dragkit.tools import graphs
from dragkit.tools.graphs import Graph, node
from dragkit.tools.server import ComfyServer

WAYS = [("lcm", 5, 0.8), ("lcm", 8, 1.0), ("eps", 4, 0.75), ("eps", 8, 0.75)]  # LCM; Turbo and Lightning, Hyper
TAUGHT = {"lcm": [219, 419, 599, 799], "eps": [250, 500, 749]}  # timesteps, of four steps up


def graph(sampling: str, steps: int, strength: float, refine: int = 2) -> Graph:
    """The bundled network with noise levels of few-step models, up and down again."""
    way = {"steps": steps, "strength": strength, "spacing": "linspace", "refine": refine}
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


def timesteps(sampling: str, steps: int, strength: float) -> list[float]:
    """The timesteps at which a MODEL is asked, up; the sampler's are those of the same sigmas."""
    from dragkit.core.invert.ddim import Spacing
    from dragkit.nodes.host.inversions import Method
    from dragkit.nodes.host.models import noise_levels
    from dragkit.nodes.inversion import inverted_levels

    patched: Any = patched_sampling(model(), sampling)
    sigmas = inverted_levels(noise_levels(patched, "Test"), steps, strength, Spacing.LINSPACE, Method.DDIM)
    assert (sigmas.diff() > 0).all()
    return patched.get_model_object("model_sampling").timestep(sigmas[1:]).tolist()


@pytest.mark.usefixtures("inference")
@pytest.mark.parametrize(("sampling", "steps", "strength"), WAYS)
def test_every_step_has_a_level_of_its_own(sampling: str, steps: int, strength: float):
    found = timesteps(sampling, steps, strength)
    assert len(set(found)) == len(found) == round(steps * strength)
    if len(found) == len(TAUGHT[sampling]):
        assert found == TAUGHT[sampling]


@pytest.mark.parametrize(("sampling", "steps", "strength"), [WAYS[0], WAYS[2]])
def test_no_drag_is_no_change(server: ComfyServer, sampling: str, steps: int, strength: float):
    found = {r: report(server.prompt(graph(sampling, steps, strength, r)))["relative"] for r in (0, 2)}
    print(sampling, found)
    assert found[2] < 0.2 and found[2] < found[0]
