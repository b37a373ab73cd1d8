"""Drag Check: tells whether the pack does on this machine what it did where it was made."""

from comfy_api.latest import io

from .host.types import CATEGORY
from .selfcheck.own_model import Own
from .selfcheck.run import check


class DragCheck(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="DragCheck",
            display_name="Drag Check",
            category=CATEGORY,
            description="Tries all the pack does on this machine, with the bundled network and rendered pictures, "
            "and compares with stored results. With a MODEL: whether your checkpoint gives a picture back, and moves "
            "it. The table is for you and for bug reports.",
            search_aliases=["self test", "diagnose", "does it work", "bug report", "system information", "benchmark"],
            inputs=[
                io.Model.Input("model", optional=True, tooltip="A MODEL of your own, to be tried as well."),
                io.Clip.Input("clip", optional=True, tooltip="The CLIP of its checkpoint; the prompt is empty."),
                io.Vae.Input("vae", optional=True, tooltip="The VAE of its checkpoint."),
                io.Conditioning.Input(
                    "positive", optional=True, tooltip="A prompt in place of CLIP; it may say anything or nothing."
                ),
            ],
            outputs=[
                io.String.Output(display_name="table", tooltip="The table, as the node shows it."),
                io.String.Output(display_name="json", tooltip="The same with all figures as JSON, for a bug report."),
            ],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(cls, **inputs) -> float:
        return float("nan")  # never the same: each run tries anew

    @classmethod
    def execute(cls, model=None, clip=None, vae=None, positive: list | None = None) -> io.NodeOutput:
        report = check(None if model is None else Own(model, clip, vae, positive))
        table = report.table()
        return io.NodeOutput(table, report.json_text(), ui={"text": [table], "report": [report.as_json()]})
