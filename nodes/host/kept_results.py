"""Results that a changed drawing leaves as they were, lent to the host again.

The host knows a result by all that comes before it, and so takes what hangs on a canvas for another one as soon as the
drawing is. It asks here for what its own cache lacks; where it is too old for that, everything runs.
"""

from typing import Any, cast

import torch
from comfy_execution.utils import get_executing_context
from torch.utils.weak import WeakIdKeyDictionary

from ...core.prompt.graph import PromptGraph
from ...core.prompt.signatures import Signatures

try:
    from comfy_execution import cache_provider
except ImportError:  # before ComfyUI 0.18
    cache_provider = None

MOST_CUTS = 1000


class KeptResults:
    """The last results of nodes, as long as the host keeps the picture; a cache provider, called by the host."""

    def __init__(self) -> None:
        self.cuts: dict[str, str] = {}
        self.signatures = Signatures(PromptGraph({}), self.cuts)
        self.kept = WeakIdKeyDictionary()  # by the picture: digests and outputs by their nodes
        self.current: dict[str, tuple[str, list]] = {}
        self.is_asked = False

    def watch(self, prompt: Any, picture: torch.Tensor | None) -> None:
        """Has the host ask here for what is still to run of a prompt with a picture."""
        if cache_provider is None or not prompt or picture is None:
            return
        self.signatures = Signatures(PromptGraph(prompt), self.cuts)
        self.current = cast(dict, self.kept.setdefault(picture, {}))
        if not self.is_asked:
            self.is_asked = True
            cache_provider.register_cache_provider(cast(Any, self))

    def note_cut(self, prompt: Any, picture: torch.Tensor, where: str) -> None:
        """Tells where the crop that is running cuts."""
        self.watch(prompt, picture)
        context = get_executing_context()
        if context is not None:
            self.cuts[self.signatures.of(context.node_id).digest] = where
            for oldest in list(self.cuts)[:-MOST_CUTS]:
                del self.cuts[oldest]
            self.watch(prompt, picture)

    def should_cache(self, context: Any, value: Any = None) -> bool:
        """Keeps what has just run, and tells whether a node that is yet to run was kept."""
        signature = self.signatures.of(context.node_id)
        if value is not None:
            if signature.outlives_drawing and value.ui is None:
                self.current[context.node_id] = signature.digest, value.outputs
            return False
        if signature.outlives_drawing and self.result(context.node_id) is None:
            self.drop_others()
        return signature.outlives_drawing

    def result(self, node: str) -> list | None:
        """The outputs of a node for what it depends on now."""
        wanted = self.signatures.of(node).digest
        found = (results[node] for results in self.kept.values() if node in results)
        return next((outputs for digest, outputs in found if digest == wanted), None)

    def drop_others(self) -> None:
        """Lets go of what was made of something else, before it is made anew."""
        made = [(results, node, made_of) for results in self.kept.values() for node, (made_of, _) in results.items()]
        for results, node, made_of in made:
            now = self.signatures.of(node)
            if made_of != now.digest and not now.on_drawing:
                del results[node]

    async def on_lookup(self, context: Any) -> Any:
        """The result of a node, where it was kept."""
        outputs = self.result(context.node_id)
        return cache_provider.CacheValue(outputs=outputs) if cache_provider and outputs is not None else None

    async def on_store(self, context: Any, value: Any) -> None:
        """Nothing is stored outside of the host."""

    def on_prompt_start(self, prompt_id: str) -> None:
        """Nothing is known of a prompt before one of the pack's nodes runs."""

    def on_prompt_end(self, prompt_id: str) -> None:
        """Leaves other prompts alone."""
        self.current = {}
        if cache_provider is not None and self.is_asked:
            self.is_asked = False
            cache_provider.unregister_cache_provider(cast(Any, self))


KEPT = KeptResults()
