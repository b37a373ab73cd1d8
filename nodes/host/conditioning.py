"""What the drag nodes ask of a CONDITIONING before any work, and which prompt is which while a network runs."""

from typing import Any

import torch

from ...core.invert.schedule import Levels

Conditioning = list  # of [tensor, dictionary] pairs
PARTS = ("area", "set_area_to_bounds")


def is_part(settings: dict[str, Any]) -> bool:
    """Whether a prompt is given a part of the picture alone."""
    return any(settings.get(key) for key in PARTS)


def require_whole(prompts: dict[str, Conditioning], node: str) -> None:
    """Refuses prompts for parts of the picture, whose features and attention are of those parts."""
    require_whole_chunks({name: [settings for _, settings in given] for name, given in prompts.items()}, node)


def require_whole_chunks(chunks: dict[str, list[dict]], node: str) -> None:
    """As `require_whole`, of prompts as a guider holds them."""
    for name, prompts in chunks.items():
        limited = sum(map(is_part, prompts or ()))
        if limited:
            raise ValueError(
                f"{node}: {name} has {limited} of {len(prompts)} prompts limited to an area, where the network sees a "
                "part of the picture alone. Give prompts for the whole picture; Conditioning (Set Mask) with "
                'set_cond_area "default" limits one by a mask instead.'
            )


def require_active(
    prompts: Conditioning, sigmas: torch.Tensor, schedule: Levels, node: str, name: str = "positive"
) -> None:
    """Refuses prompts limited in time that leave a noise level without any; name: of the input."""
    spans = [span(settings, schedule) for _, settings in prompts]
    bare = [sigma for sigma in sigmas.tolist() if not any(end <= sigma <= start for start, end in spans)]
    if bare:
        raise ValueError(
            f"{node}: no prompt in {name} is active at {len(bare)} of the {len(sigmas)} noise levels (the first has "
            f"sigma {bare[0]:.4g}). Give prompts that together reach from 0 to 1, or take "
            "ConditioningSetTimestepRange off."
        )


def span(settings: dict[str, Any], schedule: Levels) -> tuple[float, float]:
    """The highest and the lowest sigma at which a prompt is active."""
    start, end = settings.get("start_percent", 0.0), settings.get("end_percent", 1.0)
    return schedule.percent_to_sigma(start), schedule.percent_to_sigma(end)


def ranks(model_wrap: Any, name: str) -> dict[Any, int]:
    """The order of the prompts in a CONDITIONING, by the ids they have in a running network's options."""
    found: dict[Any, int] = {}
    for number, prompt in enumerate(model_wrap.conds.get(name, ())):
        found.setdefault(prompt["uuid"], number)
    return found
