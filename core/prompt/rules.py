"""What a queued graph samples otherwise than it is meant, told from the graph alone.

It speaks of samplers whose MODEL none of the nodes sees that look at the run itself: KV Inject Attention does so, and
what it can say is left to it. What cannot be told for sure is passed over.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .graph import PromptGraph
from .sampler_use import NOISY, PAIRS, PICTURES, SAMPLERS, WHOLE_SAMPLERS, SamplerUse

STRONG_GUIDANCE = 2.0

Rule = Callable[[SamplerUse], str | None]


def levels_of_its_own(use: SamplerUse) -> str | None:
    if not use.inverted or use.injected or use.kind not in WHOLE_SAMPLERS:
        return None
    if not use.adds_noise and not use.has_levels_of_a_scheduler:
        return None
    return (
        "it adds noise or has noise levels of its own, but the latent is that of an inversion and noisy already. Use "
        "SamplerCustom with the sigmas of Invert Latent and add_noise off."
    )


def added_noise(use: SamplerUse) -> str | None:
    if not use.noisy or use.injected or not use.adds_noise or use.sampler == "RegionCopyPaste":
        return None
    if levels_of_its_own(use):
        return None
    return "it adds noise to a latent that is noisy already. Switch add_noise off, or use DisableNoise."


def fresh_noise(use: SamplerUse) -> str | None:
    if not use.noisy or use.injected or not use.draws_noise:
        return None
    return (
        f"its sampler {use.sampler_name} adds fresh noise at every step, which leaves the source's path. Use one that "
        "does not, such as euler."
    )


def nothing_pasted(use: SamplerUse) -> str | None:
    if use.origin != "RegionCopyPaste" or use.kind not in SAMPLERS or use.sampler in ("RegionCopyPaste", None):
        return None
    return "the sampler is not that of Region Copy-Paste, so nothing is pasted. Connect its sampler output."


def stochastic_inversion(use: SamplerUse) -> str | None:
    if use.origin != "InvertLatent" or use.setting("method") != "ddpm" or use.kind not in SAMPLERS:
        return None
    if use.sampler in ("RegionCopyPaste", None):
        return None
    return (
        "the latent was inverted by ddpm, which only the sampler of Region Copy-Paste leads back. Set method of Invert "
        "Latent to ddim."
    )


def other_levels(use: SamplerUse) -> str | None:
    if use.kind not in SAMPLERS or use.injected or not use.inverted:
        return None
    if use.origin == "DragOptimizeLatent" and use.levels == "InvertLatent" and in_turns(use):
        return "Drag Optimize Latent has gone down some noise levels by turns. Connect its own sigmas."
    if not use.has_levels_of_a_scheduler:
        return None
    return (
        f"its noise levels are those of {use.levels}, not those that the latent was inverted to. Connect the sigmas of "
        "Invert Latent."
    )


def in_turns(use: SamplerUse) -> bool:
    return str(use.setting("schedule")).startswith("alternating")


def strong_guidance(use: SamplerUse) -> str | None:
    own = use.setting("cfg") if use.origin in PAIRS else None
    guided = isinstance(own, int | float) and own > 1
    if not use.inverted or use.injected or guided or use.cfg < STRONG_GUIDANCE:
        return None
    return f"cfg is {use.cfg:g}, but the picture was inverted at 1 and does not come back so. Set cfg to 1."


def empty_cells(use: SamplerUse) -> str | None:
    kinds = [kind for kind in use.passed if kind in ("BNNIFill", "LatentWarpage")]
    if use.injected or kinds[:1] != ["LatentWarpage"]:
        return None
    return "the warped latent has empty cells. Put BNNI Fill between Latent Warpage and the sampler."


def clean_latent(use: SamplerUse) -> str | None:
    if use.injected or use.origin not in PICTURES or use.adds_noise or use.levels not in NOISY:
        return None
    return (
        "it starts at the noise level of an inversion, but the latent is that of the clean picture. Sample the latent "
        "of Invert Latent; Latent Warpage goes between the two."
    )


def noise_mask(use: SamplerUse) -> str | None:
    if "SetLatentNoiseMask" not in use.passed or not use.noisy or use.injected or use.sampler == "RegionCopyPaste":
        return None
    if "KeepOutside" in use.models or use.is_pair and "ReferenceAttention" in use.models:
        return None
    keeper = "Reference Attention" if use.is_pair else "KV Inject Attention"
    return (
        "outside of the noise mask the noisy latent would be put back as if it were the picture. Put "
        f"{keeper} on the MODEL, which keeps the picture there."
    )


def forgotten_reference(use: SamplerUse) -> str | None:
    if not use.is_pair or use.injected or "ReferenceAttention" in use.models:
        return None
    return (
        "source and edit are sampled side by side, but the edit does not look at the source. Put Reference Attention "
        "on the MODEL; its start_percent 1 leaves it out knowingly."
    )


RULES: tuple[Rule, ...] = (
    levels_of_its_own,
    added_noise,
    fresh_noise,
    nothing_pasted,
    stochastic_inversion,
    other_levels,
    strong_guidance,
    empty_cells,
    clean_latent,
    noise_mask,
    forgotten_reference,
)


def remarks(nodes: Any, outputs: Iterable[str]) -> Iterator[str]:
    """What is probably not meant, one sentence each with the node named.

    nodes: a prompt as it is queued, whatever it may be; outputs: the nodes whose results are asked for.
    """
    graph = PromptGraph(nodes)
    for node in sorted(graph.needed_for(outputs)):
        if graph.kind(node) in WHOLE_SAMPLERS | SAMPLERS:
            use = SamplerUse(graph, node)
            yield from (f"{graph.called(node)}: {said}" for said in (rule(use) for rule in RULES) if said)
