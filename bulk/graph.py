"""A graph whose picture, drag, mask and prompt are those of a job."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..tools.environment import ROOT, SetupError
from ..tools.workflow import Graph, Nodes, api_prompt

EXAMPLES = ROOT / "example_workflows"
DRAG_INPUTS = {"DragCanvas": "drag", "DragFromJSON": "json"}
PICTURES = ("LoadImage", "DragDemoPicture")
OUTPUTS = ("SaveImage", "PreviewImage")
RESULT_TITLES = ("after", "result")
CONDITIONS = ("positive", "conditioning")
TEXTS = ("text", "text_g", "text_l", "clip_l", "t5xxl")
MASK_NODE = "dragkit_mask"
REPORT = "dragkit_report_{}"
REPORTING = {"DragOptimizeLatent": 2, "DragOnlineLoRA": 3}  # and the output that tells where handles ended
SEEDS = ("seed", "noise_seed")
ANY_SCENE = "anything"


@dataclass(frozen=True)
class BoundGraph:
    """A prompt, and which of its nodes take a job's parts and give the result."""

    prompt: Graph
    picture: str
    drag: str
    texts: tuple[str, ...]
    output: str

    @property
    def filled(self) -> set[str]:
        """The nodes that take files and instructions of a job."""
        return {self.picture, self.drag, MASK_NODE}

    @property
    def reports(self) -> tuple[str, ...]:
        """The nodes, added here, that show where handles ended."""
        return tuple(REPORT.format(name) for name, node in self.prompt.items() if node["class_type"] in REPORTING)

    def edited(self, picture: str, mask: str | None, drag: dict[str, Any], text: str | None) -> Graph:
        """The prompt for a picture and a mask that are uploaded under these names; no text leaves the graph's own."""
        prompt = copy.deepcopy(self.prompt)
        prompt[self.picture] = {"class_type": "LoadImage", "inputs": {"image": picture}}
        inputs = prompt[self.drag]["inputs"]
        inputs[DRAG_INPUTS[prompt[self.drag]["class_type"]]] = drag
        inputs.pop("mask", None)
        if mask is not None:
            prompt[MASK_NODE] = {"class_type": "LoadImageMask", "inputs": {"image": mask, "channel": "red"}}
            inputs["mask"] = [MASK_NODE, 0]
        for name in self.texts if text is not None else ():
            held = prompt[name]["inputs"]
            held.update({field: text for field in TEXTS if field in held})
        for name, node in self.prompt.items():
            if node["class_type"] in REPORTING:
                shown = [name, REPORTING[node["class_type"]]]
                prompt[REPORT.format(name)] = {"class_type": "PreviewAny", "inputs": {"source": shown}}
        for node in prompt.values():
            if node["class_type"] == "DragDemoModel":
                node["inputs"]["scene"] = ANY_SCENE
        return prompt


def read_graph(name: str) -> dict[str, Any]:
    """What a graph's file holds, as the editor saved or exported it."""
    file = graph_file(name)
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        saved = None
    if not isinstance(saved, dict) or not saved:
        raise SetupError(f"{file.name} is no graph; give a file that ComfyUI saved or exported.")
    return saved


def bound_graph(saved: dict[str, Any], known: Nodes, settings: Sequence[str], output: str | None) -> BoundGraph:
    """A saved graph, changed by settings `NODE.INPUT=VALUE`, fit for jobs; known: the server's nodes."""
    try:
        prompt = api_prompt(saved, known) if "nodes" in saved else copy.deepcopy(saved)
    except ValueError as error:
        raise SetupError(f"The graph cannot be run: {error}") from None
    for setting in settings:
        change(prompt, setting, known)
    return bind(prompt, output)


def graph_file(name: str) -> Path:
    file = EXAMPLES / f"{name}.json"
    if file.is_file():
        return file
    if Path(name).is_file():
        return Path(name)
    examples = ", ".join(sorted(example.stem for example in EXAMPLES.glob("*.json")))
    raise SetupError(f"There is no graph {name}; give a file from Export (API), or one of {examples}.")


def change(prompt: Graph, setting: str, known: Nodes) -> None:
    """Sets an input of all nodes that an id, a title or a type names."""
    place, equals, value = setting.partition("=")
    wanted, dot, field = place.rpartition(".")
    if not (equals and dot):
        raise SetupError(f"--set {setting} is not of the form NODE.INPUT=VALUE.")
    names = named(prompt, wanted)
    if not names:
        raise SetupError(f"--set {setting}: the graph has no node {wanted}; it has {listing(prompt, prompt)}.")
    for name in names:
        if not takes(prompt, name, field, known):
            raise SetupError(f"--set {setting}: {prompt[name]['class_type']} has no input {field}.")
        prompt[name]["inputs"][field] = parsed(value)


def takes(prompt: Graph, name: str, field: str, known: Nodes) -> bool:
    """Whether a node of a prompt has an input."""
    return declared(prompt, name, field, known) is not None


def is_whole(prompt: Graph, name: str, field: str, known: Nodes) -> bool:
    """Whether an input of a node of a prompt takes whole numbers."""
    return (declared(prompt, name, field, known) or [""])[0] == "INT"


def declared(prompt: Graph, name: str, field: str, known: Nodes) -> list[Any] | None:
    """What a node of a prompt says of an input, or None where it has none of that name."""
    groups = known[prompt[name]["class_type"]]["input"]
    found = [groups[group][field] for group in ("required", "optional") if field in (groups.get(group) or {})]
    return found[0] if found else None


def targets(prompt: Graph, column: str, known: Nodes) -> list[tuple[str, str]]:
    """The nodes and inputs that a column of a table names: `seed`, an input's name, or NODE.INPUT; none where unknown.

    A bare name means all nodes that have such an input set to a value.
    """
    wanted, _, field = column.rpartition(".")
    if wanted:
        return [(name, field) for name in named(prompt, wanted) if takes(prompt, name, field, known)]
    fields = SEEDS if column in SEEDS else (column,)
    return [
        (name, field)
        for name, node in prompt.items()
        for field in fields
        if field in node["inputs"] and not is_link(node["inputs"][field])
    ]


def parsed(value: str) -> Any:
    """A value as JSON where it is any, else as text."""
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def named(prompt: Graph, wanted: str) -> list[str]:
    """The nodes that an id names, or else all of a title or type."""
    return [wanted] if wanted in prompt else [n for n, node in prompt.items() if wanted in names_of(node)]


def names_of(node: dict[str, Any]) -> tuple[str, str]:
    return node.get("_meta", {}).get("title", ""), node["class_type"]


def bind(prompt: Graph, output: str | None) -> BoundGraph:
    """Finds the nodes that take a sample's parts, and leaves out what the result does not need."""
    result = result_node(prompt, output)
    needed = {name: prompt[name] for name in upstream(prompt, [result])}
    drags = [name for name, node in needed.items() if node["class_type"] in DRAG_INPUTS]
    drag = only(needed, drags, "Drag Canvas or Drag from JSON that its result depends on")
    from_image = upstream(needed, linked_to(needed, drag, ("image",)))
    all_pictures = [name for name, node in needed.items() if node["class_type"] in PICTURES]
    pictures = [name for name in all_pictures if name in from_image] or all_pictures
    picture = only(needed, pictures, "Load Image whose picture is edited")
    return BoundGraph(needed, picture, drag, prompt_texts(needed), result)


def result_node(prompt: Graph, wanted: str | None) -> str:
    """The node that saves or shows the result: the chosen one, the only one that saves, or the one titled After."""
    if wanted is not None:
        return only(prompt, named(prompt, wanted), f"node {wanted}")
    for kind in OUTPUTS:
        found = [name for name, node in prompt.items() if node["class_type"] == kind]
        titled = [name for name in found if names_of(prompt[name])[0].lower() in RESULT_TITLES]
        if found:
            return only(prompt, titled or found, "node that saves the result; choose one by --output")
    raise SetupError("The graph neither saves nor shows a picture; add Save Image to it.")


def only(prompt: Graph, names: Collection[str], wanted: str) -> str:
    if len(names) != 1:
        found = listing(prompt, names) if names else "none"
        raise SetupError(f"The graph must have exactly one {wanted}; found {found}.")
    return next(iter(names))


def listing(prompt: Graph, names: Collection[str]) -> str:
    return ", ".join(f"{name} ({names_of(prompt[name])[0] or prompt[name]['class_type']})" for name in names)


def is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def linked_to(prompt: Graph, name: str, fields: Collection[str]) -> list[str]:
    """The nodes that some inputs of a node are linked to."""
    inputs = prompt[name]["inputs"]
    return [inputs[field][0] for field in fields if is_link(inputs.get(field)) and inputs[field][0] in prompt]


def upstream(prompt: Graph, start: Sequence[str]) -> list[str]:
    """Nodes and all they depend on, in the prompt's order."""
    reached, waiting = set(), list(start)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += linked_to(prompt, name, prompt[name]["inputs"])
    return [name for name in prompt if name in reached]


def prompt_texts(prompt: Graph) -> tuple[str, ...]:
    """The text encoders that positive inputs come from, also by way of nodes that hand on both kinds of prompt."""
    texts, reached = [], set()
    waiting = [origin for name in prompt for origin in linked_to(prompt, name, CONDITIONS)]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        if prompt[name]["class_type"].startswith("CLIPTextEncode"):
            texts.append(name)
        else:
            waiting += linked_to(prompt, name, CONDITIONS) or linked_to(prompt, name, prompt[name]["inputs"])
    return tuple(name for name in prompt if name in texts)
