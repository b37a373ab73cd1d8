"""The whole check: line after line, whatever becomes of one of them."""

import dataclasses
import json
import time
import traceback
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import comfy.model_management
import comfy.utils

from ...core.check.compare import allowed_difference, largest_difference, samples_of
from ...core.check.table import Outcome, Report, Status
from ...demo.network import EXPECTED_FILE
from ..host.words import send
from .bundled import HOOKS, Bench, Hook, Part, bench
from .edit_models import families, moved_reference
from .edits import fastdrag
from .machine import describe
from .own_model import Own, no_drag, one_drag
from .scene import ball, drag_of

Try = Callable[[], Outcome]
EDIT = 256
TRIED = "dragkit.tried"


def check(own: Own | None = None) -> Report:
    """Tries all that the pack does on this machine, and what a MODEL does with it."""
    tries = len(HOOKS) + len(families()) + (4 if own else 1)
    progress = comfy.utils.ProgressBar(tries)
    lines = []
    for number, (name, attempt) in enumerate(chain(bundled_tries(), own_tries(own) if own else ()), 1):
        lines.append(tried(name, attempt))
        progress.update_absolute(number, tries)
        send(TRIED, {"number": number, "of": tries, "name": name, "status": lines[-1].status.value})
    return Report(describe(), lines)


def tried(name: str, attempt: Try) -> Outcome:
    """The line of an attempt; what stands in its way becomes a sentence, except that the user interrupts."""
    start = time.perf_counter()
    try:
        line = attempt()
    except comfy.model_management.InterruptProcessingException:
        raise
    except Exception as error:
        line = Outcome(name, Status.REFUSED, sentence=sentence_of(error), details={"where": places(error)})
    return dataclasses.replace(line, seconds=round(time.perf_counter() - start, 2))


def sentence_of(error: Exception) -> str:
    """The pack's own words for what it refuses, or the first line of another error with its kind."""
    words = str(error).strip().splitlines() or ["no reason was given"]
    return str(error) if isinstance(error, ValueError) else f"{words[0]} ({type(error).__name__})"


def places(error: Exception) -> list[str]:
    """The last lines of code that led to an error, without folders, which may name the user."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def bundled_tries() -> Iterator[tuple[str, Try]]:
    """Every hook on the bundled network, and how long an edit takes."""
    made: list[Bench] = []

    def on() -> Bench:
        made.extend([bench()] if not made else [])
        return made[0]

    stored = json.loads(EXPECTED_FILE.read_text(encoding="utf-8"))
    for hook in HOOKS:
        yield hook.name, lambda hook=hook: compared(hook, on(), stored.get(hook.name))
    for name in families():
        yield f"Drag Reference, {name}", lambda name=name: moved_reference(name)
    yield "FastDrag edit", lambda: timed_edit(on())


def compared(hook: Hook, on: Bench, stored: list[float] | None) -> Outcome:
    """What a hook gives on this machine, beside the stored result."""
    found, dtype = samples_of(hook.run(on)), on.dtype(hook.part)
    allowed = allowed_difference(dtype, on.device(hook.part).type, hook.part is Part.GRADIENT)
    difference = largest_difference(found, stored or [])
    well = difference <= allowed
    kind = str(dtype).removeprefix("torch.")
    sentence = f"{hook.name} gives another result here than where it was made; please report it with this table."
    return Outcome(
        hook.name,
        Status.OK if well else Status.DIFFERS,
        f"{difference:.1e} (allowed {allowed:.0e}, {kind})",
        "" if well else sentence,
        details={"values": found},
    )


def timed_edit(on: Bench) -> Outcome:
    """An edit as a user makes it, from picture to picture."""
    start = time.perf_counter()
    edited = fastdrag(on.subject, {"samples": on.vae.encode(ball(EDIT))}, drag_of(EDIT, 64))
    on.vae.decode(edited["samples"]).cpu()
    return Outcome("FastDrag edit", Status.OK, f"{time.perf_counter() - start:.2f} s, {EDIT}x{EDIT}, bundled network")


def own_tries(own: Own) -> Iterator[tuple[str, Try]]:
    """What a MODEL of the user does; one that is refused is refused once."""
    accepted: list[Outcome] = []
    yield "your MODEL", lambda: accepted.append(own.describe()) or accepted[0]
    if accepted:
        yield "your MODEL, no drag", lambda: no_drag(own)
        yield "your MODEL, a drag by 8 pixels", lambda: one_drag(own)
