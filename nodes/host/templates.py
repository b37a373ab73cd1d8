"""The order in which the page lists the examples: what needs no download first, what is opened up behind it."""

import json
from pathlib import Path

from aiohttp import web
from server import PromptServer

FOLDER = Path(__file__).resolve().parents[2] / "example_workflows"
FIRST = "first_pull"
LIST = ("/workflow_templates", "/api/workflow_templates")


def order_templates() -> None:
    """Lets the host's list of templates name this pack's in order; others' stay as they are."""
    app = PromptServer.instance.app
    if not app.frozen:
        app.middlewares.append(in_order)


@web.middleware
async def in_order(request: web.Request, handler) -> web.StreamResponse:
    response = await handler(request)
    if request.path not in LIST or not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        return response
    listed = json.loads(response.body)
    for names in listed.values():
        if FIRST in names:
            names.sort(key=rank)
    return web.json_response(listed)


def rank(name: str) -> tuple[bool, bool, bool, str]:
    """Where an example stands in the list."""
    fetches = '"models"' in (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    return name != FIRST, fetches, name.endswith("_explained"), name
