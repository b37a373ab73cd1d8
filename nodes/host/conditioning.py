"""What the drag nodes ask of a CONDITIONING before any work, and which prompt is which while a network runs."""

from typing import Any

import torch

from ...core.invert.schedule import NoiseSchedule

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
                f"{node}: {limited} of the {len(prompts)} prompts in {name} are limited to an area, where the "
                "network sees a part of the picture alone. Give prompts for the whole picture; Conditioning (Set Mask) "
                'with set_cond_area "default" limits one by a mask instead.'
            )


def require_active(positive: Conditioning, sigmas: torch.Tensor, schedule: NoiseSchedule, node: str) -> None:
    """Refuses prompts limited in time that leave a noise level without any."""
    spans = [
        [
            schedule.percent_to_sigma(settings.get(key, end))
            for key, end in (("start_percent", 0.0), ("end_percent", 1.0))
        ]
        for _, settings in positive
    ]
    bare = [sigma for sigma in sigmas.tolist() if not any(end <= sigma <= start for start, end in spans)]
    if bare:
        raise ValueError(
            f"{node}: no prompt in positive is active at {len(bare)} of the {len(sigmas)} noise levels (the first has "
            f"sigma {bare[0]:.4g}). Give prompts that together reach from 0 to 1, or take "
            "ConditioningSetTimestepRange off."
        )


def span(settings: dict[str, Any], schedule: NoiseSchedule) -> tuple[float, float]:
    """The highest and the lowest sigma at which a prompt is active."""
    start, end = settings.get("start_percent", 0.0), settings.get("end_percent", 1.0)
    return schedule.percent_to_sigma(start), schedule.percent_to_sigma(end)


def ranks(model_wrap: Any, name: str) -> dict[Any, int]:
    """The order of the prompts in a CONDITIONING, by the ids they have in a running network's options."""
    found: dict[Any, int] = {}
    for number, prompt in enumerate(model_wrap.conds.get(name, ())):
        found.setdefault(prompt["uuid"], number)
    return found
