"""RegionDrag's node: the start latent, the sampler that pastes at every step, and what it will paste."""

from enum import Enum
from functools import partial

import torch
from comfy_api.latest import io

from ..core.grid.placed import place
from ..core.instruction.spec import DragSpec
from ..core.invert.ddim import Inversion
from ..core.invert.ddpm import unit_noise
from ..core.invert.flow import FlowSchedule
from ..core.maps.map import Map, Rounding
from ..core.maps.regions import Move, region_map, whole_map
from ..core.redraw.changed import changed_area
from ..core.redraw.copy_paste import PasteMap, blend_noise, pasted
from .checks.noisy_latents import marked_noisy
from .host.copy_paste import CopyPasteSampler, Labels
from .host.flows import left_model
from .host.latents import between_nodes, between_pieces, image_extent, place_on_latent, refusals_of, require_pictures
from .host.types import CATEGORY, DragType, InversionType, choice, move_input, percent_input, seed_input
from .host.words import log_notes

NODE = "RegionCopyPaste"


class NoiseRegion(Enum):
    WHOLE = "whole source"
    MAPPED = "mapped points"

    def cells(self, moves: Map) -> torch.Tensor:
        """The cells (h, w) whose content is to be forgotten."""
        if self is NoiseRegion.WHOLE:
            return moves.vacated
        mapped = torch.zeros(moves.landing.shape, dtype=torch.bool)
        mapped.view(-1)[moves.source_cells(moves.landing)] = True
        return mapped


class RegionCopyPaste(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Region Copy-Paste (RegionDrag)",
            category=CATEGORY,
            description="Moves regions of a picture: at every sampling step the noisy latent of the source region is "
            "pasted over the target region. Gives the start latent and a sampler for SamplerCustom.",
            search_aliases=["RegionDrag", "move region", "copy paste latent", "region pairs"],
            inputs=[
                InversionType.Input(
                    "inversion", tooltip="From Invert Latent with 20 steps, strength 0.5, ddpm, linspace, all blocks."
                ),
                DragType.Input(
                    "drag", tooltip="At least one region with its target. Outside its mask the picture stays."
                ),
                io.Float.Input(
                    "noise_scale",
                    default=1.0,
                    min=0.0,
                    max=1.6,
                    step=0.05,
                    tooltip="How much of the content left behind is replaced by noise: 0 keeps it, 1 forgets it (the "
                    "paper), more than 1 forces something new.",
                ),
                percent_input(
                    "end_percent",
                    0.8,
                    "Where in the whole run from noise (0) to picture (1) pasting ends; 1 pastes at every step, as "
                    "the paper's program does.",
                ),
                choice(
                    "noise_region",
                    NoiseRegion.WHOLE,
                    "Where that noise goes: the whole source region outside of the target (the paper), or only the "
                    "cells that were copied from (the paper's program).",
                ),
                seed_input("Seed of that noise."),
                io.Image.Input(
                    "image", optional=True, tooltip="The picture, to preview on it what will be pasted where."
                ),
                choice(
                    "labels",
                    Labels.SAME,
                    "Noise levels of the way back: those of the way there, which returns an unedited picture exactly, "
                    "or the slightly different ones of the paper's program.",
                    optional=True,
                    advanced=True,
                ),
                choice(
                    "rounding",
                    Rounding.NEAREST,
                    "Which latent cell comes to a target cell, where the map says a place between cells: the nearest, "
                    "or as in the paper's program the one up and to the left, by which polygons and strokes land "
                    "half a cell too far to the right and down.",
                    optional=True,
                    advanced=True,
                ),
                move_input("shift each place like the drags nearest to it (the paper, region with points)"),
            ],
            outputs=[
                io.Latent.Output(display_name="latent", tooltip="The noisy latent to sample from."),
                io.Sampler.Output(display_name="sampler", tooltip="The sampler that pastes, for SamplerCustom."),
                io.Image.Output(display_name="preview", tooltip="The picture with its regions pasted, in pixels."),
                io.Mask.Output(
                    display_name="changed_mask",
                    tooltip="What of the picture changes, for Drag Stitch: all else stays as it was.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        inversion: Inversion,
        drag: DragSpec,
        noise_scale: float,
        end_percent: float,
        noise_region: str,
        seed: int,
        image: torch.Tensor | None = None,
        labels: str = Labels.SAME.value,
        rounding: str = Rounding.NEAREST.value,
        move: str = Move.METHOD.value,
    ) -> io.NodeOutput:
        require_way(inversion)
        require_pictures(image, NODE)
        require_own_labels(inversion, Labels(labels))
        schedule, sigma = inversion.schedule, inversion.sigmas[-1]
        top, level = schedule.state_in_sigma_space(inversion.path[-1], sigma), schedule.level_in_sigma_space(sigma)
        placed = place_on_latent(drag, top, None, NODE)
        map_of = partial(
            whole_map if Move(move) is Move.WHOLE else region_map, rounding=Rounding(rounding), check=between_pieces
        )
        with refusals_of(NODE):
            moves = map_of(placed)
            in_pixels = None if image is None else map_of(place(placed.whole, image_extent(image)))
        log_notes(moves.notes, NODE)
        black = torch.zeros(1, *reversed(placed.whole.picture), 3)  # (1, H, W, 3)
        preview = black if image is None or in_pixels is None else pasted(image, in_pixels)
        noise = unit_noise(seed, stream=1)(top)
        start = blend_noise(top, NoiseRegion(noise_region).cells(moves), noise_scale, noise, level)
        pasting = float(schedule.level_in_sigma_space(torch.tensor(schedule.percent_to_sigma(end_percent))))
        sampler = CopyPasteSampler(NODE, inversion, PasteMap.of(moves), pasting, Labels(labels))
        clean, noisy = (between_nodes(left_model(part, inversion.source.space)) for part in (inversion.path[0], start))
        latent = marked_noisy({"samples": noisy}, clean)
        changed = changed_area(moves, placed, within=bool(placed.spec.regions) and placed.is_masked)[None].float()
        return io.NodeOutput(latent, sampler, between_nodes(preview), between_nodes(changed))


def require_way(inversion: Inversion) -> None:
    """Refuses an inversion without the states of its way there."""
    if len(inversion.path) != len(inversion.sigmas):
        raise ValueError(
            f"{NODE}: the inversion is that of a picture being generated, which has no way there to paste from. "
            "Generate the picture first, then connect VAE Encode and Invert Latent."
        )


def require_own_labels(inversion: Inversion, labels: Labels) -> None:
    """Refuses the other noise levels of the paper's program where a flow model has none."""
    if labels is Labels.REFERENCE and isinstance(inversion.schedule, FlowSchedule):
        raise ValueError(
            f"{NODE}: labels reference are noise levels of Stable Diffusion, and the inversion is of a flow model. Set "
            "labels to same both ways."
        )
