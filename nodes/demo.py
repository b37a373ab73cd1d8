"""The demonstration models: small networks that ship with the pack, so that examples run without a download."""

import asyncio

import torch
from aiohttp import web
from comfy_api.latest import io
from server import PromptServer

from ..demo.network import CLASSES
from ..demo.scenes import SCENES
from .demo_networks import NETWORKS, UNET_NETWORK, load_autoencoder, load_network, read_weights
from .host.latents import between_nodes
from .host.loaded import png
from .host.types import CATEGORY, MAX_SEED

SCENE_ROUTE = "/dragkit/scene"
SIDES = 256, 1024  # the least and the most


class DragDemoModel(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="DragDemoModel",
            display_name="Drag Demo Model",
            category=CATEGORY,
            description="A small diffusion model that ships with DragKit: shaped like SD1.5, or like Flux with "
            "references. It knows rendered scenes at 256x256 and exists to try the drag nodes without a download; for "
            "your own pictures load a checkpoint instead.",
            search_aliases=["example model", "tiny model", "test model", "small transformer", "small flux"],
            inputs=[
                io.Combo.Input(
                    "scene",
                    options=list(CLASSES),
                    default=CLASSES[1],
                    tooltip="What the picture shows; it takes the place of a prompt.",
                ),
                io.Combo.Input(
                    "network",
                    options=list(NETWORKS),
                    default=UNET_NETWORK,
                    optional=True,
                    tooltip="unet: shaped like SD1.5. transformer: shaped like Flux, for Drag Reference and LazyDrag; "
                    "give it a picture by Reference Latent.",
                ),
            ],
            outputs=[
                io.Model.Output(display_name="model", tooltip="The network."),
                io.Conditioning.Output(display_name="positive", tooltip="The chosen scene."),
                io.Conditioning.Output(display_name="negative", tooltip="No scene in particular."),
                io.Vae.Output(display_name="vae", tooltip="Its autoencoder."),
            ],
        )

    @classmethod
    def execute(cls, scene: str, network: str = UNET_NETWORK) -> io.NodeOutput:
        weights, tokens = read_weights(network)
        vae = load_autoencoder(network)
        positive, negative = ([[tokens[kind][None], {"pooled_output": None}]] for kind in (CLASSES.index(scene), 0))
        return io.NodeOutput(load_network(network, weights), positive, negative, vae)


class DragDemoPicture(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="DragDemoPicture",
            display_name="Drag Demo Picture",
            category=CATEGORY,
            description="Renders a picture of the kind that Drag Demo Model knows, so that examples run without a "
            "file. For your own pictures use Load Image.",
            search_aliases=["example picture", "test image", "render scene"],
            inputs=[
                io.Combo.Input("scene", options=list(SCENES), default="ball", tooltip="What the picture shows."),
                io.Int.Input(
                    "seed",
                    default=3,
                    min=0,
                    max=MAX_SEED,
                    control_after_generate=False,
                    tooltip="Another seed, another picture of the same kind.",
                ),
                io.Int.Input(
                    "size",
                    default=SIDES[0],
                    min=SIDES[0],
                    max=SIDES[1],
                    step=8,
                    optional=True,
                    tooltip="Its width and height. Drag Demo Model knows pictures of 256.",
                ),
            ],
            outputs=[io.Image.Output(display_name="image", tooltip="The picture.")],
        )

    @classmethod
    def execute(cls, scene: str, seed: int, size: int = SIDES[0]) -> io.NodeOutput:
        return io.NodeOutput(between_nodes(rendered(scene, seed, size)))


def rendered(scene: str, seed: int, size: int) -> torch.Tensor:
    """A picture of a scene, (1, size, size, 3)."""
    parameters = SCENES[scene].sample(1, torch.Generator().manual_seed(seed))
    return SCENES[scene].render(parameters, size).permute(0, 2, 3, 1)


def add_scene_route() -> None:
    """Lets the page ask for a picture before its node has run: `?scene=..&seed=..&size=..`."""
    PromptServer.instance.routes.get(SCENE_ROUTE)(answer_scene)


async def answer_scene(request: web.Request) -> web.Response:
    query = request.rel_url.query
    scene, numbers = query.get("scene"), [query.get("seed", "0"), query.get("size", str(SIDES[0]))]
    if scene not in SCENES or not all(map(str.isdecimal, numbers)):
        return web.Response(status=404)
    seed, size = map(int, numbers)
    if seed > MAX_SEED or not SIDES[0] <= size <= SIDES[1]:
        return web.Response(status=404)
    picture = await asyncio.to_thread(rendered, scene, seed, size)
    return web.Response(body=png(picture[0]), content_type="image/png")
