"""Lazy Drag: an edit of a transformer's picture whose source runs beside it."""

from collections.abc import Iterator
from dataclasses import replace

import torch
from comfy.patcher_extension import WrappersMP
from comfy_api.latest import io

from ..core.grid.placed import Placed
from ..core.instruction.spec import DragSpec
from ..core.invert.ddim import Inversion
from ..core.invert.flow import as_sampled
from ..core.maps.map import Map
from ..core.maps.regions import Move
from ..core.redraw.lazy_drag import kept_cells, lazy_map, moved_start, token_map
from .checks.beside_source import BesideCheck
from .checks.noisy_latents import marked_noisy
from .host.flows import flow_levels, left_model
from .host.latents import between_nodes, between_pieces, place_on_latent, refusals_of
from .host.models import plain_network, require_source
from .host.source_row import KEY, SourceRow
from .host.transformers import family_of
from .host.types import CATEGORY, DragType, InversionType, choice, percent_input, seed_input
from .host.words import log_notes

NODE = "LazyDrag"


class LazyDrag(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Lazy Drag (LazyDrag)",
            category=CATEGORY,
            description="Drags a picture with a transformer that makes pictures from text: FLUX.1, Qwen-Image, "
            "Z-Image, Krea 2, SD3.5. While the edit is sampled its source runs beside it, and lends it what it shows "
            "at the place it has moved to. Nothing is trained, and nothing is stored.",
            search_aliases=["LazyDrag", "drag FLUX", "drag transformer", "move object", "DiT drag", "region drag"],
            inputs=[
                io.Model.Input("model", tooltip="The MODEL that Invert Latent was given, with your LoRAs."),
                InversionType.Input(
                    "inversion", tooltip="From Invert Latent; strength 1 lets an edit change most, 0.7 keeps more."
                ),
                DragType.Input("drag", tooltip="Handles with their targets, or regions with theirs."),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="What moves with the handles; it counts from a half (0.5) up. Without one the drag's own "
                    "mask counts, and without that the whole picture moves along.",
                ),
                percent_input(
                    "end_percent",
                    0.8,
                    "Until where in the whole run from noise (0) to picture (1) the source is attended to. 0.8 is the "
                    "paper; lower lets what moves change more.",
                ),
                percent_input(
                    "refinement",
                    0.8,
                    "How much of what attention makes of the source is blended in at first; it falls to 0 at 62 % of "
                    "the run. 0 leaves it out.",
                ),
                io.Boolean.Input(
                    "lock_background",
                    default=True,
                    tooltip="Keeps what neither moves nor is left empty as it was inverted, at every step. Off, "
                    "only attention keeps it (the paper).",
                ),
                seed_input("Seed of the noise where the picture is left empty."),
                choice(
                    "move",
                    Move.METHOD,
                    "What handles do to what is in the mask: each cell follows its nearest handle, less towards "
                    "the circle around the mask (as the method does), or the thing moves as a whole.",
                    optional=True,
                ),
            ],
            outputs=[
                io.Model.Output(display_name="model", tooltip="The patched MODEL, for the sampler."),
                io.Latent.Output(display_name="latent", tooltip="The noisy latent to sample from."),
            ],
        )

    @classmethod
    def execute(
        cls,
        model,
        inversion: Inversion,
        drag: DragSpec,
        end_percent: float,
        refinement: float,
        lock_background: bool,
        seed: int,
        mask: torch.Tensor | None = None,
        move: str = Move.METHOD.value,
    ) -> io.NodeOutput:
        family = family_of(model, NODE)
        schedule = flow_levels(model, NODE)
        require_source(model, inversion, NODE)
        require_path(inversion)
        top, sigma, network = inversion.path[-1], inversion.sigmas[-1], plain_network(model)
        placed = placed_once(drag, top, mask)
        with refusals_of(NODE):
            side = family.side(network)
            cells, tokens = (
                lazy_map(replace(placed, cell_size=placed.cell_size * cells), Move(move), between_pieces)
                for cells in (1, side)
            )
        log_notes(remarks(placed.spec, cells), NODE)
        height, width = top.shape[-2:]
        grid = family.grid(network, height, width)
        plan = token_map(tokens, grid)
        start = as_sampled(moved_start(top, inversion.path[0], cells, sigma, seed), sigma)
        patched = model.clone()
        kept = kept_cells(plan, grid, side, (height, width)) if lock_background else None
        row = SourceRow(NODE, family, inversion, schedule, plan, grid, end_percent, refinement)
        row.set_on(patched, kept)
        clean, noisy = (
            between_nodes(left_model(state, inversion.source.space)) for state in (inversion.path[0], start)
        )
        patched.add_wrapper_with_key(WrappersMP.OUTER_SAMPLE, f"{KEY}_check", BesideCheck(NODE, inversion, noisy))
        return io.NodeOutput(patched, marked_noisy({"samples": noisy}, clean))


def remarks(spec: DragSpec, moves: Map) -> Iterator[str]:
    """What of an instruction is probably not meant."""
    yield from moves.notes
    if moves.stays and not spec.asks_for_motion:
        yield "nothing moves, and the picture comes back. Give handles and targets in different places."


def require_path(inversion: Inversion) -> None:
    """Refuses an inversion without the states of its way there."""
    if len(inversion.path) != len(inversion.sigmas):
        raise ValueError(
            f"{NODE}: the inversion is that of a picture being generated, whose way is not known. Generate the picture "
            "first, then connect VAE Encode and Invert Latent."
        )


def placed_once(drag: DragSpec, samples: torch.Tensor, mask: torch.Tensor | None) -> Placed:
    """The instruction on all latents of a batch; refuses several masks, and what moves nothing."""
    if not (drag.drags or drag.regions):
        raise ValueError(f"{NODE}: the drag has no handle and no region. Draw at least one with its target.")
    placed = place_on_latent(drag, samples, mask, NODE)
    if len(placed.areas) > 1:
        raise ValueError(
            f"{NODE}: there are {len(placed.areas)} masks for {len(samples)} latents, which all move alike here. "
            "Connect one mask."
        )
    return placed
