"""Looks at every prompt as it is queued, for what no node of this pack sees while it runs."""

from typing import Any

from server import PromptServer

from nodes import NODE_CLASS_MAPPINGS

from ...core.prompt.rules import remarks
from ..host.words import log, show


def watch_prompts() -> None:
    """Registers the check with the host's server, where there is one."""
    server = getattr(PromptServer, "instance", None)
    if server is not None:
        server.add_on_prompt_handler(check_prompt)


def check_prompt(queued: Any) -> Any:
    """A handler of queued prompts that logs what is probably not meant, and leaves them as they are."""
    try:
        prompt = queued.get("prompt") if isinstance(queued, dict) else None
        for remark in remarks(prompt, outputs_of(prompt, queued)):
            log.warning("%s", remark)
            show(remark, client=queued.get("client_id"))
    except Exception:  # whatever it is, a prompt must go on
        log.debug("The prompt could not be looked at.", exc_info=True)
    return queued


def outputs_of(prompt: Any, queued: dict) -> list[str]:
    """The nodes whose results are asked for: those that were chosen, or all that the host runs for their own sake."""
    chosen = queued.get("partial_execution_targets")
    if isinstance(chosen, list) and chosen:
        return [str(node) for node in chosen]
    given = prompt.items() if isinstance(prompt, dict) else ()
    kinds = {str(name): node.get("class_type") for name, node in given if isinstance(node, dict)}
    known = {name: NODE_CLASS_MAPPINGS.get(kind) for name, kind in kinds.items() if isinstance(kind, str)}
    return [name for name, kind in known.items() if getattr(kind, "OUTPUT_NODE", False)]
