"""Lists in API prompts: the host takes a bare list for a link, and reads one that is wrapped."""

from typing import Any

from comfy_execution.graph_utils import is_link
from server import PromptServer

INSTRUCTIONS = {"DragFromJSON": "json", "DragCanvas": "drag"}


def read_lists_in_prompts() -> None:
    """Lets the host hand on lists of points that an API prompt holds; without a server there is nothing to do."""
    server = getattr(PromptServer, "instance", None)
    if server is not None:
        server.add_on_prompt_handler(wrap_lists)


def wrap_lists(request: dict[str, Any]) -> dict[str, Any]:
    """The same request for a prompt, with the lists that are instructions wrapped as the host's page wraps them."""
    prompt = request.get("prompt")
    for node in prompt.values() if isinstance(prompt, dict) else ():
        wrap_list(node)
    return request


def wrap_list(node: Any) -> None:
    if not isinstance(node, dict):
        return
    name, inputs = INSTRUCTIONS.get(str(node.get("class_type"))), node.get("inputs")
    value = inputs.get(name) if name and isinstance(inputs, dict) else None
    if isinstance(inputs, dict) and isinstance(value, list) and not is_link(value):
        inputs[name] = {"__value__": value}
