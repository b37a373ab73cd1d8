"""Running ComfyUI servers that are named on the command line."""

from __future__ import annotations

import urllib.error
from collections.abc import Sequence
from urllib.parse import urlsplit

from ..tools.client import ComfyClient
from ..tools.environment import SetupError


def alive(client: ComfyClient) -> bool:
    """Tells whether a server answers."""
    try:
        client.get("/system_stats")
    except (OSError, urllib.error.URLError):
        return False
    return True


def checked(servers: Sequence[str]) -> list[str]:
    """The addresses of servers; raises SetupError for one that does not answer or lacks the pack."""
    clients = [ComfyClient(address_of(server)) for server in servers]
    for client in clients:
        if not alive(client):
            raise SetupError(f"No ComfyUI answers at {client.address}; start it, or leave out --server.")
        if not client.get("/object_info/DragCanvas"):
            raise SetupError(f"The ComfyUI at {client.address} does not have DragKit; install it there.")
    return [client.address for client in clients]


def address_of(server: str) -> str:
    """The address that a server's name means."""
    return (server if urlsplit(server).netloc else f"http://{server}").rstrip("/")
