"""Training a LoRA on one picture, on a real server."""

import io
from typing import Any

import pytest
from dragkit.tests.host import graphs
from dragkit.tools.client import PromptError
from dragkit.tools.graphs import Graph, node, save
from dragkit.tools.server import ComfyServer
from PIL import Image

PAPER = {"steps": 80, "rank": 16, "learning_rate": 5e-4, "batch_size": 4, "seed": 0}


def train(source: str = "encode", model: str = "model", **settings: Any) -> dict[str, Any]:
    """A short training of a random network on the latents of a node."""
    settings = {
        "latent": [source, 0],
        "steps": 6,
        "rank": 4,
        "learning_rate": 5e-3,
        "batch_size": 2,
        "seed": 0,
    } | settings
    return node("DragLoRATrain", model=[model, 0], positive=["model", 1], **settings)


def sampled(name: str, model: str, latent: str = "encode") -> Graph:
    """A picture that a model makes of noise, three steps from the top."""
    settings = {"add_noise": True, "noise_seed": 3, "cfg": 1.0, "positive": ["model", 1], "negative": ["model", 2]}
    links = {"model": [model, 0], "sampler": ["euler", 0], "sigmas": ["levels", 0], "latent_image": [latent, 0]}
    return {
        "levels": node("BasicScheduler", model=["model", 0], scheduler="normal", steps=3, denoise=1.0),
        name: node("SamplerCustom", **settings, **links),
    }


def report(server: ComfyServer, graph: Graph, *names: str) -> Any:
    outputs = server.prompt(graph).outputs
    found = [outputs[name]["report"][0] for name in names or ["compare"]]
    return found if names else found[0]


NETWORKS = [(kind, dtype) for kind in ("sd15", "sd2 v-prediction", "sdxl") for dtype in ("fp32", "bf16", "fp16")]


@pytest.mark.parametrize(("kind", "dtype"), NETWORKS)
def test_every_architecture_and_precision_learns(server: ComfyServer, kind: str, dtype: str):
    graph = graphs.source(kind, dtype) | {"train": train()}
    graph |= sampled("with", "train") | sampled("without", "model") | graphs.compare("with", "without")
    found = report(server, graph)
    assert found["finite"] and found["relative"] > 0.01


@pytest.mark.parametrize(("kind", "dtype"), [("sd15", "bf16"), ("sdxl", "fp32")])
def test_checkpointing_gives_the_same_lora(server: ComfyServer, kind: str, dtype: str):
    graph = graphs.source(kind, dtype) | {"train": train(), "checkpointed": train(checkpointing=True)}
    graph |= sampled("with", "train") | sampled("again", "checkpointed") | graphs.compare("again", "with")
    assert report(server, graph)["relative"] < 1e-4


def test_a_seed_names_its_result(server: ComfyServer):
    graph = graphs.source() | {"train": train(), "other": train(seed=1), "equal": train(resolution=256)}
    graph |= sampled("with", "train") | sampled("with_other", "other") | sampled("with_equal", "equal")
    graph |= graphs.compare("with", "with_equal", "same") | graphs.compare("with", "with_other", "different")
    same, different = report(server, graph, "same", "different")
    assert same["relative"] == 0 and different["relative"] > 1e-3


@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_every_way_to_load_the_lora_gives_the_same_picture(server: ComfyServer, dtype: str):
    name = f"of_{dtype}"
    graph = graphs.source(dtype=dtype) | {
        "train": train(),
        "save": node("SaveLoRA", lora=["train", 1], prefix=f"loras/{name}"),
    }
    server.prompt(graph)
    graph["direct"] = node("LoraModelLoader", model=["model", 0], lora=["train", 1], strength_model=1.0, bypass=False)
    file = f"{name}_00001_.safetensors"
    graph["file"] = node("LoraLoaderModelOnly", model=["model", 0], lora_name=file, strength_model=1.0)
    graph |= sampled("patched", "train") | sampled("loaded", "direct") | sampled("read", "file")
    graph |= graphs.compare("loaded", "patched", "a") | graphs.compare("read", "patched", "b")
    assert [found["relative"] for found in report(server, graph, "a", "b")] == [0, 0]


def test_a_second_lora_is_trained_on_top_of_the_first(server: ComfyServer):
    """The second one differs from one that knows nothing of the first, and is added to it."""
    graph = graphs.source() | {"first": train(), "second": train(model="first", seed=5), "alone": train(seed=5)}
    graph["added"] = node("LoraModelLoader", model=["first", 0], lora=["second", 1], strength_model=1.0, bypass=False)
    graph["mixed"] = node("LoraModelLoader", model=["first", 0], lora=["alone", 1], strength_model=1.0, bypass=False)
    names = ("first", "second", "added", "mixed")
    graph |= {key: part for name in names for key, part in sampled(f"by_{name}", name).items()}
    for name in ("first", "added", "mixed"):
        graph |= graphs.compare(f"by_{name}", "by_second", f"as_{name}")
    first, added, mixed = report(server, graph, "as_first", "as_added", "as_mixed")
    assert added["relative"] == 0 < mixed["relative"] and first["relative"] > 0.01


def test_the_users_model_and_random_numbers_stay_as_they_were(server: ComfyServer):
    graph = graphs.source() | {
        "before": node("TestPassThrough", value=["encode", 0]),
        "train": train("before"),
        "after": node("TestPassThrough", value=["before", 0], after=["train", 1]),
    }
    graph |= sampled("first", "model") | sampled("later", "model", "after") | graphs.compare("later", "first")
    before, after, same = report(server, graph, "before", "after", "compare")
    assert before["random_state"] == after["random_state"] and same["relative"] == 0


def from_pictures(**settings: Any) -> Graph:
    """Crops of 64x64 out of a wide picture; saves the loss and what the model makes of noise."""
    return {
        "model": node("DragDemoModel", scene="ball"),
        "picture": node("DragDemoPicture", scene="ball", seed=3),
        "wide": node("ImageScale", image=["picture", 0], upscale_method="area", width=150, height=100, crop="disabled"),
        "encode": node("VAEEncode", pixels=["picture", 0], vae=["model", 3]),
        "euler": node("KSamplerSelect", sampler_name="euler"),
        "train": node(
            "DragLoRATrain",
            model=["model", 0],
            positive=["model", 1],
            **({"image": ["wide", 0], "vae": ["model", 3], "resolution": 64} | PAPER | {"steps": 3} | settings),
        ),
        "loss": save("train", 2),
    }


@pytest.mark.parametrize("pictures", [1, 2])
def test_pictures_are_trained_on_by_crops(server: ComfyServer, pictures: int):
    graph = from_pictures() | sampled("with", "train") | sampled("without", "model") | graphs.compare("with", "without")
    if pictures == 2:
        graph["two"] = node("RepeatImageBatch", image=["wide", 0], amount=2)
        graph["train"]["inputs"]["image"] = ["two", 0]
    result = server.prompt(graph)
    found = result.outputs["compare"]["report"][0]
    assert found["finite"] and found["relative"] > 1e-4
    chart = Image.open(io.BytesIO(server.view(result.outputs["loss"]["images"][0])))
    assert chart.size == (640, 400)


def test_training_shows_its_progress(server: ComfyServer):
    graph = graphs.source(width=24, height=24) | {"train": train(steps=30)} | sampled("with", "train")
    events = server.prompt(graph | graphs.compare("with", "encode")).events
    steps = [e["data"]["value"] for e in events if e["type"] == "progress" and e["data"]["node"] == "train"]
    assert steps == sorted(steps) and steps[-1] == 30 and len(steps) > 2


REFUSALS = [
    ({}, [], "no picture to train on. Connect a latent, or an image and a vae"),
    ({"image": ["wide", 0], "vae": ["model", 3], "latent": ["encode", 0]}, [], "both a latent and an image"),
    ({"image": ["wide", 0]}, [], "Connect the vae"),
    ({"latent": ["video", 0]}, ["video"], "connect an image latent"),
    ({"latent": ["deep", 0]}, ["deep"], "the latent has 16 channels, this MODEL's have 4"),
]


@pytest.mark.parametrize(("links", "needs", "message"), REFUSALS, ids=[message for *_, message in REFUSALS])
def test_what_cannot_be_trained_on_is_refused(server: ComfyServer, links: dict, needs: list[str], message: str):
    others = {
        "video": node("EmptyHunyuanLatentVideo", width=64, height=64, length=5, batch_size=1),
        "deep": node("EmptySD3LatentImage", width=64, height=64, batch_size=1),
    }
    graph = from_pictures() | {name: others[name] for name in needs}
    inputs = {key: value for key, value in graph["train"]["inputs"].items() if key not in ("image", "vae")}
    graph["train"]["inputs"] = inputs | links
    with pytest.raises(PromptError) as error:
        server.prompt(graph)
    assert message in str(error.value) and error.value.details["exception_type"] == "ValueError"


def test_a_transformer_is_refused(server: ComfyServer):
    with pytest.raises(PromptError, match="DragLoRATrain: .*no UNet attention.*SD1.x, SD2.x or SDXL"):
        server.prompt(graphs.source("flux") | {"train": train(), "loss": save("train", 2)})


def test_a_broken_latent_is_refused(server: ComfyServer):
    graph = graphs.source() | {"train": train(), "loss": save("train", 2)}
    graph["encode"]["inputs"]["broken"] = True
    with pytest.raises(PromptError, match="DragLoRATrain: the latent is broken, with values"):
        server.prompt(graph)


def test_an_interrupted_training_stops_and_leaves_a_usable_model(server: ComfyServer):
    """Training on the same MODEL gives afterwards what it gave before."""
    graph = graphs.source(width=24, height=24) | {"train": train(steps=2)} | sampled("earlier", "train")
    server.prompt(graph | graphs.compare("earlier", "encode"))
    endless = graphs.source(width=24, height=24) | {"train": train(steps=5000), "loss": save("train", 2)}
    seen = []

    def stop(event: dict) -> None:
        if event["type"] == "progress" and event["data"]["node"] == "train":
            seen.append(event["data"]["value"])
            if len(seen) == 3:
                server.interrupt()

    with pytest.raises(PromptError) as error:
        server.prompt(endless, on_event=stop)
    assert error.value.kind == "interrupted" and max(seen) < 1000
    graph |= {"again": train(steps=2, resolution=256)} | sampled("later", "again")
    assert report(server, graph | graphs.compare("later", "earlier"))["relative"] == 0
