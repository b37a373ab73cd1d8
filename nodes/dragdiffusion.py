"""Drag Optimize Latent: DragDiffusion's latent optimisation, and GoodDrag's turns of it."""

from enum import Enum

import torch
from comfy_api.latest import io

from ..core.instruction.spec import DragSpec
from ..core.invert.ddim import Inversion
from ..core.optimise.latent import DragSettings
from .checks.noisy_latents import marked_noisy
from .gradients.autograd import MEMORY_ADVICE, divergence_advice, memory_advice
from .gradients.drag_inputs import checkpointing_input, drag_outputs, path_input, supervision_inputs
from .gradients.drag_run import DragRun, Schedule
from .gradients.followed import Followed
from .gradients.plan import make_plan, read_blocks
from .gradients.schedule import PAGE_NUMBERS, account, settings_for
from .host.latents import require_pictures
from .host.types import CATEGORY, DragType, InversionType, choice

NODE = "DragOptimizeLatent"
DIVERGENCE_ADVICE = (
    "Lower learning_rate, load the model in bf16 or fp32, and see that the inversion returns the picture."
)


class Arrived(Enum):
    TRACKED = "goes on being tracked"
    FROZEN = "frozen"


class DragOptimizeLatent(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id=NODE,
            display_name="Drag Optimize Latent (DragDiffusion)",
            category=CATEGORY,
            description="Changes a noisy latent by gradients through the model until the features at every handle have "
            "moved to its target. Gives the source and the edited latent as a batch, to be sampled together with "
            "Reference Attention.",
            search_aliases=["DragDiffusion", "GoodDrag", "motion supervision", "point tracking", "drag optimization"],
            inputs=[
                io.Model.Input("model", tooltip="The MODEL that made the inversion, from Drag LoRA Train for a photo."),
                io.Conditioning.Input("positive", tooltip="The prompt that describes the picture; it may be empty."),
                InversionType.Input(
                    "inversion",
                    tooltip="From Invert Latent with 50 steps and strength 0.7 (GoodDrag 0.75), capture none; or from "
                    "Inversion from Latent for a picture that is being generated.",
                ),
                DragType.Input("drag", tooltip="Handles with their targets."),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="The area that may change; it counts from a half (0.5) up. Without it the drag's "
                    "own mask counts; without either the whole "
                    "picture may change, and optimisation is a quarter faster.",
                ),
                io.Int.Input(
                    "steps",
                    default=80,
                    min=1,
                    max=2000,
                    tooltip="Latent updates at most; it ends earlier once all handles have arrived. A handle moves at "
                    "most 2 pixels in a step.",
                ),
                io.Float.Input(
                    "learning_rate",
                    default=0.01,
                    min=0.0001,
                    max=1.0,
                    step=0.001,
                    round=False,
                    tooltip="How far a step changes the latent. 0.02 to 0.04 is faster and keeps the picture less.",
                ),
                *supervision_inputs(),
                io.String.Input(
                    "feature_block",
                    default="auto",
                    tooltip="Whose output is followed. auto: the paper's third decoder block, output block 8 of SD1.x "
                    "and SD2.x, 5 of SDXL. Or the number of an output block, several by commas, or middle.",
                ),
                choice(
                    "schedule",
                    Schedule.AT_ONCE,
                    "all at once: drag at one noise level (DragDiffusion). alternating: drag and denoise by turns over "
                    "up to 7 levels, supervised by the source's features (GoodDrag). With GoodDrag's settings steps "
                    "210, learning_rate 0.02, radius_motion 4, radius_track 12 and mask_weight 0.2 are used whatever "
                    "is set here; the report says so.",
                    optional=True,
                    extra_dict={"numbers": PAGE_NUMBERS},
                ),
                choice(
                    "arrived",
                    Arrived.TRACKED,
                    "What becomes of a handle that has arrived while others have not: it goes on being tracked and is "
                    "pulled again if it drifts away (the paper), or it counts as done for good.",
                    optional=True,
                    advanced=True,
                ),
                checkpointing_input("result"),
                io.Conditioning.Input(
                    "negative", optional=True, tooltip="For generated pictures: the negative prompt, used if cfg > 1."
                ),
                io.Float.Input(
                    "cfg",
                    default=1.0,
                    min=1.0,
                    max=30.0,
                    step=0.1,
                    optional=True,
                    tooltip="For generated pictures: the guidance they are generated with. Photos: 1.",
                ),
                path_input(),
            ],
            outputs=[
                *drag_outputs(),
                io.Sigmas.Output(display_name="sigmas", tooltip="The noise levels that are left for the sampler."),
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
        feature_block: str,
        mask: torch.Tensor | None = None,
        schedule: str = Schedule.AT_ONCE.value,
        arrived: str = Arrived.TRACKED.value,
        checkpointing: bool = False,
        negative: list | None = None,
        cfg: float = 1.0,
        image: torch.Tensor | None = None,
    ) -> io.NodeOutput:
        require_pictures(image, NODE)
        plan = make_plan(drag, inversion.path[-1], mask, NODE)
        given = DragSettings(
            steps, learning_rate, radius_motion, radius_track, mask_weight, Arrived(arrived) is Arrived.FROZEN
        )
        turns = Schedule(schedule)
        settings = settings_for(turns, given)
        prompts = prompts_for(cfg, positive, negative)
        followed = Followed(NODE, model, inversion, plan, read_blocks(feature_block, model, NODE))
        run = DragRun(followed, settings, turns)
        with memory_advice(NODE, MEMORY_ADVICE), divergence_advice(NODE, DIVERGENCE_ADVICE):
            pair, dragged = run(prompts, cfg, checkpointing)
        return io.NodeOutput(
            marked_noisy({"samples": pair}, inversion.source.space.process_out(inversion.path[0])),
            plan.remaining(dragged),
            plan.report(dragged, NODE) + account(turns, given, settings, dragged, NODE),
            plan.draw(dragged, followed.backdrop() if image is None else image),
            inversion.descending_sigmas[dragged.levels :],
        )


def prompts_for(cfg: float, positive: list, negative: list | None) -> dict[str, list]:
    """The prompts that a guidance needs; refuses one without a negative prompt."""
    if cfg <= 1:
        return {"positive": positive}
    if negative is None:
        raise ValueError(
            f"{NODE}: cfg is {cfg:g}, but no negative prompt is connected to be guided away from. Connect negative, or "
            "set cfg to 1."
        )
    return {"positive": positive, "negative": negative}
