"""What the results of a queued graph depend on, so that those which a changed drawing leaves alone are known again.

A canvas hands its picture on unchanged, and a crop's picture depends on the drawing by nothing but where it is cut out.
What hangs on these pictures alone is the same again for another drawing, as long as the cut is.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from .graph import Link, PromptGraph, as_link

CANVAS, CROP = "DragCanvas", "DragCrop"
PICTURES = {CANVAS: 2, CROP: 0}  # the outputs that show the input "image"


class Signature(NamedTuple):
    """What a result depends on: a digest of all of it; of a canvas or crop, whether on its picture or on the rest."""

    digest: str
    on_picture: bool = False
    on_drawing: bool = False

    @property
    def outlives_drawing(self) -> bool:
        """Whether another drawing may leave it as it is, though the host takes it for another one."""
        return self.on_picture and not self.on_drawing


class Signatures:
    """The signatures of a graph's nodes, as they stand when it runs: with what the host found changed in files.

    cuts: where crops have cut, as text, by the digests of the crops themselves.

    >>> def signatures(drag):
    ...     load = {"class_type": "LoadImage", "inputs": {"image": "a.png"}}
    ...     canvas = {"class_type": "DragCanvas", "inputs": {"drag": drag, "image": ["load", 0]}}
    ...     encode = {"class_type": "VAEEncode", "inputs": {"pixels": ["canvas", 2]}}
    ...     return Signatures(PromptGraph({"load": load, "canvas": canvas, "encode": encode}), {})
    >>> one, other = signatures({"drags": []}), signatures({"regions": []})
    >>> one.of("encode") == other.of("encode"), one.of("canvas") == other.of("canvas")
    (True, False)
    """

    def __init__(self, graph: PromptGraph, cuts: Mapping[str, str]) -> None:
        self.graph, self.cuts = graph, cuts
        self._found: dict[str, Signature] = {}

    def of(self, node: str) -> Signature:
        """What a node depends on."""
        if node not in self._found:
            inputs = {name: self.of_input(value) for name, value in self.graph.inputs(node).items()}
            sources = [value for value in inputs.values() if isinstance(value, Signature)]
            changed = self.graph.nodes.get(node, {}).get("is_changed")
            own = digest(self.graph.kind(node), changed, inputs)
            on_picture, on_drawing = (any(source[part] for source in sources) for part in (1, 2))
            self._found[node] = Signature(own, on_picture, on_drawing)
        return self._found[node]

    def of_input(self, value: Any) -> Any:
        """A value as it is, or what the output depends on that a link leads to."""
        link = as_link(value)
        return value if link is None else self.of_output(link)

    def of_output(self, link: Link) -> Signature:
        """What an output depends on: the picture of a canvas or crop on the picture that comes in, and on the cut."""
        own, kind = self.of(link.node), self.graph.kind(link.node)
        taken_from = self.graph.link(link.node, "image") if PICTURES.get(kind) == link.output else None
        cut = "" if kind == CANVAS else self.cuts.get(own.digest)
        if taken_from is None or cut is None:
            return Signature(digest(own.digest, link.output), own.on_picture, own.on_drawing or kind in PICTURES)
        picture = self.of_output(taken_from)
        return Signature(digest(cut, picture.digest), True, picture.on_drawing)


def digest(*parts: Any) -> str:
    """What tells one combination of plain values from others."""
    return sha256(json.dumps(parts, sort_keys=True, default=repr).encode()).hexdigest()
