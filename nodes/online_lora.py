"""Drag Online LoRA: DragLoRA, which changes the model by gradients where Drag Optimize Latent changes the latent."""

from dataclasses import dataclass

import comfy.sd
import torch
from comfy_api.latest import io

from ..core.instruction.spec import DragSpec
from ..core.invert.ddim import Inversion
from ..core.optimise.latent import Dragged, DragSettings
from ..core.optimise.lora import attention_projections, named_weights, start_pairs
from ..core.optimise.online_lora import Learned, OnlineLoRA, OnlineSettings, random_draws
from .gradients.autograd import MEMORY_ADVICE, computes_in_half, divergence_advice, memory_advice, ordinary
from .gradients.drag_inputs import checkpointing_input, drag_outputs, path_input, supervision_inputs
from .gradients.followed import Bench, Followed
from .gradients.places import last_enlarging_block
from .gradients.plan import Plan, make_plan
from .host.latents import require_pictures
from .host.models import require_unet
from .host.types import CATEGORY, DragType, InversionType, seed_input

NODE = "DragOnlineLoRA"
DIVERGENCE_ADVICE = "Lower learning_rate (paper: 0.0001), or load the model in bf16 or fp32."


class DragOnlineLoRA(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Drag Online LoRA (DragLoRA)",
            category=CATEGORY,
            description="Trains a small LoRA until the features at every handle have moved to its target: the model is "
            "changed, where Drag Optimize Latent changes the latent. Gives the model with the LoRA, and the source and "
            "the edited latent as a batch, to be sampled together with Reference Attention.",
            search_aliases=["DragLoRA", "DragDiffusion", "online LoRA", "motion supervision", "drag optimization"],
            inputs=[
                io.Model.Input("model", tooltip="The MODEL that made the inversion, from Drag LoRA Train for a photo."),
                io.Conditioning.Input("positive", tooltip="The prompt that describes the picture; it may be empty."),
                InversionType.Input(
                    "inversion", tooltip="From Invert Latent with 50 steps and strength 0.7, capture none."
                ),
                DragType.Input("drag", tooltip="Handles with their targets."),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The area that may change, from a half (0.5) up; its noise is renewed as the LoRA "
                    "learns. Without it the drag's "
                    "own mask counts. Without either the whole picture may change, and the noise stays.",
                ),
                io.Int.Input(
                    "steps",
                    default=80,
                    min=1,
                    max=2000,
                    tooltip="Training steps at most; it ends earlier once all handles have arrived.",
                ),
                io.Float.Input(
                    "learning_rate",
                    default=1e-4,
                    min=1e-7,
                    max=1.0,
                    step=1e-5,
                    round=False,
                    tooltip="How far a step changes the LoRA. Raise it where the handles hardly move.",
                ),
                *supervision_inputs(),
                io.Float.Input(
                    "dds_weight",
                    default=50.0,
                    min=0.0,
                    max=10000.0,
                    step=1.0,
                    tooltip="How strongly the model is kept to what it drew before. 0 does not keep it and is faster.",
                ),
                io.Int.Input(
                    "rank", default=16, min=1, max=256, tooltip="Size of the LoRA: how much of a change fits in."
                ),
                seed_input("Seed of the LoRA's start and of the noise.", default=0),
                checkpointing_input("LoRA"),
                path_input(),
            ],
            outputs=[
                io.Model.Output(display_name="model", tooltip="The model with the LoRA; yours stays as it was."),
                *drag_outputs(),
                io.LoraModel.Output(display_name="lora", tooltip="The LoRA, for Save LoRA Weights or Load LoRA Model."),
            ],
        )

    @classmethod
    def execute(
        cls,
        model,
        positive,
        inversion: Inversion,
        drag: DragSpec,
        steps: int,
        learning_rate: float,
        radius_motion: int,
        radius_track: int,
        mask_weight: float,
        dds_weight: float,
        rank: int,
        seed: int,
        mask: torch.Tensor | None = None,
        checkpointing: bool = False,
        image: torch.Tensor | None = None,
    ) -> io.NodeOutput:
        require_pictures(image, NODE)
        plan = make_plan(drag, inversion.path[-1], mask, NODE)
        settings = DragSettings(steps, learning_rate, radius_motion, radius_track, mask_weight)
        followed = Followed(NODE, model, inversion, plan, (last_enlarging_block(require_unet(model, NODE)),))
        run = OnlineRun(followed, OnlineSettings(settings, dds_weight), rank, seed)
        with memory_advice(NODE, MEMORY_ADVICE), divergence_advice(NODE, DIVERGENCE_ADVICE):
            pair, learned = run({"positive": positive}, checkpointing)
        lora = named_weights(run.pairs)
        with_lora, _ = comfy.sd.load_lora_for_models(model, None, lora, 1.0, 0)
        preview = plan.draw(learned.dragged, followed.backdrop() if image is None else image)
        report = f"{plan.report(learned.dragged, NODE)}\n{summary(learned)}"
        return io.NodeOutput(with_lora, {"samples": pair}, plan.remaining(learned.dragged), report, preview, lora)


def editable_cells(plan: Plan) -> torch.Tensor | None:
    """Where the latent is renewed, (h, w); nowhere without a mask."""
    if plan.fixed is not None:
        return ~plan.fixed
    return torch.ones((), dtype=torch.bool) if plan.placed.is_masked else None


def summary(learned: Learned) -> str:
    descents = len(learned.losses)
    return (
        f"{descents} steps with gradients, {learned.passes - descents} without; lost handles were put back "
        f"{learned.put_back} times"
    )


@dataclass
class OnlineRun:
    """One LoRA learned at an inversion's top state."""

    followed: Followed
    settings: OnlineSettings
    rank: int
    seed: int

    def __call__(self, prompts: dict[str, list], checkpointing: bool) -> tuple[torch.Tensor, Learned]:
        """The source and the edited latent (2, C, h, w), and how it went."""
        every = self.followed.inversion.schedule.levels
        steps = self.settings.drag.steps
        pair = self.followed.run(self.optimise, prompts, every, steps, checkpointing=checkpointing)
        return pair, self.learned

    def optimise(self, bench: Bench) -> Dragged:
        """Changes the LoRA until the features have followed the drags."""
        plan, start, generator = self.followed.plan, bench.start, torch.Generator().manual_seed(self.seed)
        layers = attention_projections(bench.network)
        self.pairs = start_pairs(layers, self.rank, generator, start.device)
        editable = editable_cells(plan)

        def report(descents: int, latent: torch.Tensor, clean: torch.Tensor) -> None:
            bench.tell({"i": descents - 1, "denoised": clean, "x": latent})

        online = OnlineLoRA(
            bench.evaluate,
            layers,
            self.pairs,
            plan.handles,
            plan.targets,
            self.settings,
            random_draws(self.followed.inversion.schedule.levels / self.followed.sigma_data, start, generator),
            None if editable is None else ordinary(editable).to(start.device),
            computes_in_half(self.followed.model),
            report,
        )
        self.learned = online.run(start, bench.levels[0], bench.levels[1])
        return self.learned.dragged
