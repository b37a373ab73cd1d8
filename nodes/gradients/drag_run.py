"""What Drag Optimize Latent does: the instruction on the supervision grid, and the run inside the host's sampling."""

from dataclasses import replace
from enum import Enum
from typing import NamedTuple

import latent_preview
import torch

from ...core.grid.latent_grid import half_size_points, nearest_latent_mask
from ...core.grid.placed import Placed
from ...core.instruction.spec import Drag, DragSpec, Extent, Point
from ...core.invert.ddim import Inversion
from ...core.invert.schedule import variance_exploding, variance_preserving
from ...core.optimise.latent import Alternation, Dragged, DragSettings, LatentOptimisation
from ...core.optimise.motion import REACH, distances, grid_extent
from ...core.show.preview import as_colours, draw_paths
from ..checks.instructions import require_drags, warn_of_short_ways
from ..host.conditioning import require_active, require_whole
from ..host.latents import between_nodes, image_extent, log, place_on_latent
from ..host.models import require_source, require_unet, warn_of_other_sampling
from ..host.sampling import denoiser, reporter
from .autograd import computes_in_half, differentiable, ordinary, run_with_gradients
from .features import FeatureTap
from .places import last_enlarging_block

MIDDLE = -1
MEMORY_ADVICE = "Switch checkpointing on, use a smaller picture, or load the model in bf16 or fp16."


class Schedule(Enum):
    AT_ONCE = "all at once"
    ALTERNATING = "alternating"
    GOODDRAG = "alternating, GoodDrag's settings"


class Plan(NamedTuple):
    """A checked instruction on the supervision grid, and the node it was given to."""

    node: str
    placed: Placed
    handles: torch.Tensor  # (P, 2) xy
    targets: torch.Tensor  # (P, 2) xy
    fixed: torch.Tensor | None  # (h, w)

    @property
    def grid(self) -> Extent:
        return grid_extent(self.placed.part.size)

    @property
    def scale(self) -> torch.Tensor:
        """Pixels of the picture to a place of the grid, (2,) xy."""
        return torch.tensor(self.placed.part.size) / torch.tensor(self.grid)

    def in_picture(self, places: torch.Tensor) -> torch.Tensor:
        """Places of the grid (..., 2) xy in pixels of the picture."""
        return places * self.scale + torch.tensor([self.placed.part.left, self.placed.part.top])

    def remaining(self, dragged: Dragged) -> DragSpec:
        """The instruction that is left: every handle where it ended."""
        ends = [Point(*place) for place in self.in_picture(dragged.history[-1]).tolist()]
        stayed = (dragged.history[-1] == self.handles).all(1).tolist()
        drags = zip(self.placed.whole.drags, ends, stayed, strict=True)
        return replace(
            self.placed.whole, drags=tuple(Drag(d.handle if still else e, d.target) for d, e, still in drags)
        )

    def report(self, dragged: Dragged) -> str:
        """A line on every handle; warns of those that did not arrive."""
        away = distances(dragged.history[-1] * self.scale, self.targets * self.scale).tolist()
        late = [i for i, d in enumerate(distances(dragged.history[-1], self.targets), 1) if d >= REACH]
        if late:
            log.warning(
                "%s: handle %s did not arrive. Give it more steps or a higher learning_rate, or drag in stages: "
                "connect the drag of this node to another one.", self.node, ", ".join(map(str, late))
            )  # fmt: skip
        return "\n".join(
            f"handle {i}: {d:.1f} px from its target after {dragged.updates} steps"
            + (", not there yet" if i in late else "")
            for i, d in enumerate(away, 1)
        )

    def draw(self, dragged: Dragged, image: torch.Tensor) -> torch.Tensor:
        """The first image (1, H, W, C) with the instruction and the paths that its handles took."""
        size, whole = image_extent(image), self.placed.whole
        ways = self.in_picture(torch.stack(dragged.history, 1)) * (torch.tensor(size) / torch.tensor(whole.picture))
        paths = [[Point(*place) for place in way] for way in ways.tolist()]  # of (P, N, 2)
        drawn = draw_paths(as_colours(image[:1])[0].numpy(), whole.scaled_to(size), paths)
        return between_nodes(torch.from_numpy(drawn)[None])


def make_plan(drag: DragSpec, top: torch.Tensor, mask: torch.Tensor | None, node: str) -> Plan:
    """Puts an instruction on the grid; refuses one without a drag, and a batch of pictures."""
    if len(top) != 1:
        raise ValueError(
            f"{node}: the inversion is of {len(top)} pictures; this node drags one. Take one by Latent From Batch "
            "before Invert Latent."
        )
    require_drags(drag, node)
    if all(item.is_anchor for item in drag.drags):
        raise ValueError(f"{node}: the instruction has no drag. Give at least one handle with a target elsewhere.")
    placed = place_on_latent(drag, top, mask, node)
    warn_of_short_ways(placed.spec, node)
    size = placed.part.size
    handles, targets = (half_size_points(points, size) for points in (placed.handles, placed.targets))
    limit = torch.tensor(grid_extent(size)) - 1.0
    fixed = ~placed.cells(nearest_latent_mask)[0]
    return Plan(node, placed, handles.clamp_min(0).minimum(limit), targets, fixed if fixed.any() else None)


def read_blocks(text: str, model, node: str) -> tuple[int, ...]:
    """The numbers of output blocks in a list like "5, 8"; "auto" is the paper's place, "middle" is -1."""
    unet = require_unet(model, node)
    count, named = len(unet.output_blocks), {"auto": last_enlarging_block(unet)}
    if unet.middle_block is not None:
        named["middle"] = MIDDLE
    words = [word.strip().lower() for word in str(text).split(",")]
    blocks = tuple(int(word) if word.isdecimal() and len(word) < 4 else named.get(word, count) for word in words)
    if not all(MIDDLE <= block < count for block in blocks):
        middle = ', or "middle"' if "middle" in named else ""
        raise ValueError(
            f'{node}: feature_block is "{text}". Give "auto", the number of an output block of this model, 0 to '
            f"{count - 1}, several with commas between them{middle}."
        )
    return tuple(dict.fromkeys(blocks))


def require_levels(inversion: Inversion, schedule: Schedule, node: str) -> None:
    """Refuses turns of dragging and denoising over an inversion that has no level to denoise to."""
    if schedule is not Schedule.AT_ONCE and len(inversion.sigmas) < 3:
        raise ValueError(
            f"{node}: schedule {schedule.value} goes down the noise levels, but the inversion has one alone. Raise "
            "strength or steps of Invert Latent (with Split Sigmas: split earlier), or take all at once."
        )


class DragRun:
    """One optimisation of an inversion's top state."""

    dragged: Dragged  # once it has run

    def __init__(
        self,
        model,
        inversion: Inversion,
        plan: Plan,
        settings: DragSettings,
        schedule: Schedule,
        blocks: tuple[int, ...],
    ):
        self.model, self.inversion, self.plan, self.settings, self.schedule = model, inversion, plan, settings, schedule
        self.blocks = blocks
        require_source(model, inversion, plan.node)
        warn_of_other_sampling(model, inversion, plan.node)
        require_levels(inversion, schedule, plan.node)
        self.sigma_data = inversion.schedule.sigma_data

    def __call__(self, prompts: dict[str, list], cfg: float, checkpointing: bool) -> tuple[torch.Tensor, Dragged]:
        """The source and the edited latent (2, C, h, w), and how it went."""
        require_whole(prompts, self.plan.node)
        for name, given in prompts.items():
            require_active(given, self.evaluated(), self.inversion.schedule, self.plan.node, name)
        self.tap = FeatureTap(self.blocks, cfg, self.plan.grid)
        patched = differentiable(self.model, self.plan.node, guided=cfg > 1)
        patched.set_model_output_block_patch(self.tap)
        pair = run_with_gradients(
            patched,
            prompts,
            self.inversion.source.space.process_out(self.inversion.path[-1]),
            self.inversion.descending_sigmas,
            self.work,
            node=self.plan.node,
            cfg=cfg,
            callback=latent_preview.prepare_callback(patched, self.settings.steps),
            checkpointing=checkpointing,
        )
        return pair, self.dragged

    def evaluated(self) -> torch.Tensor:
        """The sigmas at which the network runs."""
        falling = self.inversion.descending_sigmas
        return falling[:1] if self.schedule is Schedule.AT_ONCE else falling[:-1]

    def work(self, model_wrap, extra_args: dict, state: torch.Tensor, sigmas: torch.Tensor, callback) -> torch.Tensor:
        """Runs the optimisation where the host runs a sampler."""
        levels, denoise = sigmas / self.sigma_data, denoiser(model_wrap, extra_args)
        start = variance_preserving(state, levels[0])
        clean = self.inversion.path[0].to(state)

        tell = reporter(callback, self.settings.steps)

        def report(update: int, latent: torch.Tensor, seen) -> None:
            moved = variance_exploding(latent - start, levels[0])
            tell({"i": update, "denoised": clean + moved, "x": latent})

        optimisation = LatentOptimisation(
            lambda latent, sigma, whole: self.tap.evaluate(denoise, latent, sigma, self.sigma_data, whole),
            self.plan.handles,
            self.plan.targets,
            self.settings,
            None if self.plan.fixed is None else ordinary(self.plan.fixed).to(state.device),
            computes_in_half(self.model),
            report,
        )
        with self.tap.watching(model_wrap):
            if self.schedule is Schedule.AT_ONCE:
                self.dragged = optimisation.all_at_once(start, levels[0], levels[1])
            else:
                self.dragged = optimisation.alternating(start, levels[:-1], Alternation())
        pair = torch.cat([self.dragged.source, self.dragged.edited])
        return variance_exploding(pair, levels[self.dragged.levels])

    def backdrop(self) -> torch.Tensor:
        """The source as the host previews latents, (1, H, W, 3); black for a model it has no colours of."""
        placed, space = self.plan.placed, self.inversion.source.space
        width, height = placed.whole.picture
        if space.latent_rgb_factors is None:
            return torch.zeros(1, height, width, 3)
        previewer = latent_preview.Latent2RGBPreviewer(space.latent_rgb_factors)
        picture = previewer.decode_latent_to_preview(self.inversion.path[0].float()).resize(placed.part.size)
        left, top = placed.part.left, placed.part.top
        picture = picture.convert("RGB").crop((-left, -top, width - left, height - top))
        pixels = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
        return pixels.view(1, height, width, 3) / 255
