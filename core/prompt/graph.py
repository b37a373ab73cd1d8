"""A queued graph read as plain values: nodes by id, each with a class_type and inputs that are values or links.

Whatever is malformed is treated as if it were not there; the host has its own words for it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple


class Link(NamedTuple):
    """An output of a node."""

    node: str
    output: int


def as_link(value: Any) -> Link | None:
    """A link as a prompt writes it, [id, number of the output]."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    node, output = value
    whole = isinstance(output, int | float) and not isinstance(output, bool) and output == output // 1
    return Link(str(node), int(output)) if isinstance(node, str | int) and whole else None


class PromptGraph:
    """The nodes of a prompt that are well formed."""

    def __init__(self, nodes: Any):
        given = nodes.items() if isinstance(nodes, dict) else ()
        self.nodes = {str(name): node for name, node in given if is_node(node)}

    def kind(self, node: str) -> str:
        """The class_type of a node; none for one that is not there."""
        return self.nodes[node]["class_type"] if node in self.nodes else ""

    def link(self, node: str, name: str) -> Link | None:
        """Where an input comes from; None for a value, a missing input or a node that is not there."""
        link = as_link(self.inputs(node).get(name))
        return link if link and link.node in self.nodes else None

    def value(self, node: str, name: str) -> Any:
        """The value of an input, also by a Primitive node; None where it comes from another node."""
        link = self.link(node, name)
        if link is not None:
            return self.value(link.node, "value") if self.is_primitive(link.node) else None
        value = self.inputs(node).get(name)
        return value["__value__"] if isinstance(value, dict) and "__value__" in value else value

    def is_primitive(self, node: str) -> bool:
        return self.kind(node).startswith("Primitive") and self.link(node, "value") is None

    def inputs(self, node: str) -> dict[str, Any]:
        return self.nodes[node]["inputs"] if node in self.nodes else {}

    def chain(self, node: str, name: str, onward: Callable[[str], str | None]) -> Iterator[Link]:
        """The links from an input upwards, as long as onward(class_type) names the input to go on with."""
        seen, link = set(), self.link(node, name)
        while link is not None and link.node not in seen:
            seen.add(link.node)
            yield link
            further = onward(self.kind(link.node))
            link = None if further is None else self.link(link.node, further)

    def needed_for(self, nodes: Iterable[str]) -> set[str]:
        """Some nodes and all that they come from."""
        needed, waiting = set(), [str(node) for node in nodes if str(node) in self.nodes]
        while waiting:
            node = waiting.pop()
            links = (as_link(value) for value in self.inputs(node).values() if node not in needed)
            waiting += [link.node for link in links if link and link.node in self.nodes]
            needed.add(node)
        return needed

    def hands_on(self, kind: str, taker: str, name: str) -> bool:
        """Whether a node of one kind gives another kind its first output, as the input of a name."""
        takers = [node for node in self.nodes if self.kind(node) == taker]
        links = [link for node in takers if (link := self.link(node, name))]
        return any(link.output == 0 and self.kind(link.node) == kind for link in links)

    def called(self, node: str) -> str:
        """How a node is spoken of."""
        meta = self.nodes[node].get("_meta")
        title = meta.get("title") if isinstance(meta, dict) else None
        return f"{title if isinstance(title, str) and title else self.kind(node)} (node {node})"


def is_node(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)
