"""Nodes run by their ids, as a prompt would run them, so that what is tried is what the host has."""

from typing import Any

from comfy_api.latest import io

from nodes import NODE_CLASS_MAPPINGS


def call(node_id: str, **inputs: Any) -> tuple:
    """The outputs of a registered node, of the pack or of the host, for given inputs."""
    kind = NODE_CLASS_MAPPINGS.get(node_id)
    if kind is None:
        raise ValueError(f"{node_id}: this node is not there. Look in ComfyUI's log for why it could not be loaded.")
    if issubclass(kind, io.ComfyNode):
        return kind.execute(**inputs).args
    outputs = getattr(kind(), kind.FUNCTION)(**inputs)
    return outputs["result"] if isinstance(outputs, dict) else outputs


def first(node_id: str, **inputs: Any) -> Any:
    """The first output of a node."""
    return call(node_id, **inputs)[0]
