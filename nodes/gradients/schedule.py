"""What Drag Optimize Latent's schedule means: whose numbers count, and what is said of them."""

from dataclasses import asdict, replace

from ...core.optimise.latent import GOODDRAG, Dragged, DragSettings
from ..host.words import log_notes
from .drag_run import Schedule

FIXED = ("steps", "learning_rate", "radius_motion", "radius_track", "mask_weight")
PAGE_NUMBERS = {Schedule.GOODDRAG.value: {name: getattr(GOODDRAG, name) for name in FIXED}}


def settings_for(schedule: Schedule, given: DragSettings) -> DragSettings:
    """The settings that count: GoodDrag's own where they are asked for."""
    return replace(GOODDRAG, freeze_arrived=given.freeze_arrived) if schedule is Schedule.GOODDRAG else given


def put_aside(given: DragSettings, used: DragSettings) -> str:
    """What was set by hand and does not count, such as "steps 40, mask_weight 0.5"."""
    plain = asdict(DragSettings())
    changed = {name: value for name, value in asdict(given).items() if value not in (plain[name], getattr(used, name))}
    return ", ".join(f"{name} {value:g}" for name, value in changed.items())


def account(schedule: Schedule, given: DragSettings, used: DragSettings, dragged: Dragged, node: str) -> str:
    """The report's line on a schedule by turns, empty for all at once; warns of inputs that do not count."""
    if schedule is Schedule.AT_ONCE:
        return ""
    numbers = ", ".join(f"{name} {getattr(used, name):g}" for name in FIXED)
    aside = put_aside(given, used)
    if aside:
        log_notes([f'schedule "{schedule.value}" does not use {aside}; it uses {numbers}.'], node)
    whose = "GoodDrag's settings" if schedule is Schedule.GOODDRAG else "settings"
    instead = f", in place of {aside}" if aside else ""
    levels = f"{dragged.levels} level{'s' * (dragged.levels != 1)}"
    return f"\nby turns over {levels}, {whose}: {numbers}{instead}"
