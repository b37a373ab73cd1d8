"""What the pack has to say, in the log and in the page, where the user's eye is."""

import logging
from collections.abc import Iterable
from typing import Any

from server import PromptServer

EVENT = "dragkit.note"
log = logging.getLogger("dragkit")


def log_notes(sentences: Iterable[str], node: str) -> None:
    """Warns of something that a node saw; node: its type."""
    for sentence in sentences:
        log.warning("%s: %s", node, sentence)
        show(sentence, node)


def show(sentence: str, kind: str = "", client: str | None = None) -> None:
    """Sends a sentence to a page: the one named, or that which queued what runs; kind: of the node that says it."""
    send(EVENT, {"kind": kind, "sentence": sentence}, client)


def send(event: str, data: dict[str, Any], client: str | None = None) -> None:
    """Sends an event of ours to a page: the one named, or that which queued what runs."""
    server = getattr(PromptServer, "instance", None)
    page = client or getattr(server, "client_id", None)
    if server is not None and page:
        server.send_sync(event, data, page)
