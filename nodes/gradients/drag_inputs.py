"""The inputs and outputs that the nodes with motion supervision share."""

from comfy_api.latest import io

from ..host.types import DragType


def supervision_inputs() -> list[io.Input]:
    return [
        io.Int.Input(
            "radius_motion",
            default=1,
            min=1,
            max=32,
            tooltip="The patch around a handle that is pulled, in places of 2 pixels: 1 is 3x3 (r1).",
        ),
        io.Int.Input(
            "radius_track",
            default=3,
            min=1,
            max=64,
            tooltip="How far a handle is searched for after a step, in places of 2 pixels (r2).",
        ),
        io.Float.Input(
            "mask_weight",
            default=0.1,
            min=0.0,
            max=100.0,
            step=0.01,
            tooltip="How strongly the area outside of the mask is held (lambda). 0 does not hold it.",
        ),
    ]


def checkpointing_input(result: str) -> io.Boolean.Input:
    """The switch of gradient checkpointing; result: what it leaves the same."""
    tooltip = f"Gradient checkpointing: much less memory, about a third more time, the same {result}."
    return io.Boolean.Input("checkpointing", default=False, optional=True, tooltip=tooltip)


def path_input() -> io.Image.Input:
    return io.Image.Input("image", optional=True, tooltip="The picture, to draw the handles' paths on.")


def drag_outputs() -> list[io.Output]:
    return [
        io.Latent.Output(display_name="latent", tooltip="Two latents: the source and the edited one."),
        DragType.Output(display_name="drag", tooltip="What is left to do: handles where they ended."),
        io.String.Output(display_name="report", tooltip="How far every handle is from its target."),
        io.Image.Output(display_name="preview", tooltip="The paths of the handles, drawn on the image."),
    ]
