"""Times FastDrag's geometry, vectorised against the plain double loop that its description amounts to."""

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

import _pack
import torch
from torch import Tensor

_pack.register()

from dragkit.core.fill import fill_null  # noqa: E402
from dragkit.core.warpage import warp_latent  # noqa: E402
from dragkit.tests.core.fastdrag_golden import case_ids, load_answer, load_problem  # noqa: E402

REPEATS = 3


class Task(NamedTuple):
    """One drag problem on the latent grid."""

    latent: Tensor  # (1, 4, h, w)
    handles: Tensor  # (P, 2) xy
    targets: Tensor  # (P, 2) xy
    mask: Tensor  # (h, w) bool


class Timing(NamedTuple):
    """Best time in seconds of either form."""

    plain: float
    vectorised: float

    @property
    def ratio(self) -> float:
        """How many times faster the vectorised form is."""
        return self.plain / self.vectorised


def warp_by_cell(task: Task) -> Tensor:
    """Warp the latent cell by cell and drag by drag; a cell under a handle is skipped, the first claimant wins."""
    latent, handles, targets, mask = task
    height, width = mask.shape
    cells = mask.nonzero()  # (N, 2) yx
    low, high = cells.amin(0).flip(0), cells.amax(0).flip(0)
    centre = (low + high) / 2
    radius = torch.norm(centre - low + 1e-6)
    warped = latent.clone()
    for y, x in cells:
        warped[:, :, y, x] = 0
    taken = set()
    for y, x in cells:
        cell = torch.stack([x, y]).float()
        move, weight_sum = torch.zeros(2), torch.zeros(())
        for handle, target in zip(handles, targets, strict=True):
            ray = cell - handle
            distance = torch.norm(ray)
            from_centre = handle - centre
            along = torch.dot(ray, from_centre) / distance
            reach = torch.sqrt(radius**2 - torch.norm(from_centre) ** 2 + along**2) - along
            on_circle = ray / distance * reach
            stretch = torch.norm(ray - on_circle) / torch.norm(on_circle)
            weight = 1 / (distance + 1e-4)
            move = move + weight * stretch * (target - handle)
            weight_sum = weight_sum + weight
        landing = torch.round(cell + move / weight_sum)
        if not landing.isfinite().all():
            continue
        column = min(max(int(landing[0]), 0), width - 1)
        row = min(max(int(landing[1]), 0), height - 1)
        if (row, column) not in taken:
            taken.add((row, column))
            warped[:, :, row, column] = latent[:, :, y, x]
    return warped


def fill_by_cell(latent: Tensor) -> Tensor:
    """Fill the cells whose channel 0 is zero in raster order, in place, searching cell by cell in 4 directions."""
    filled = latent.clone()
    height, width = latent.shape[-2:]
    null = [(y, x) for y in range(height) for x in range(width) if filled[0, 0, y, x] == 0]
    for y, x in null:
        total, weight_sum = 0, 0.0
        for step_y, step_x in ((0, -1), (0, 1), (-1, 0), (1, 0)):
            row, column, distance = y + step_y, x + step_x, 1
            while 0 <= row < height and 0 <= column < width:
                if filled[0, 0, row, column] != 0:
                    total = total + 1 / distance * filled[:, :, row, column]
                    weight_sum += 1 / distance
                    break
                row, column, distance = row + step_y, column + step_x, distance + 1
        if weight_sum:
            filled[:, :, y, x] = total / weight_sum
    return filled


def warp_vectorised(task: Task) -> Tensor:
    """Warp the latent as the pack does, with the reference's skipped handle cell."""
    return warp_latent(*task, skip_handle_cell=True).latent


def best_time(function: Callable[[], Tensor]) -> float:
    """Return the shortest of several runs in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def compare(plain: Callable[[], Tensor], vectorised: Callable[[], Tensor]) -> Timing:
    """Time both forms, after checking that they give the same bits."""
    if not torch.equal(plain(), vectorised()):
        sys.exit("The plain loop and the vectorised form differ; the timing would mean nothing.")
    return Timing(best_time(plain), best_time(vectorised))


def golden_task(group: str, case: str) -> Task:
    """Load the problem of one golden case."""
    answer = load_answer(group, case)
    return Task(load_problem(group, case).latent, answer.handles, answer.targets, answer.mask)


def full_mask_task() -> Task:
    """Drag a whole 128 x 128 latent."""
    circle = golden_task("large128", "circle")
    return circle._replace(mask=torch.ones(128, 128, dtype=torch.bool))


def time_task(task: Task) -> tuple[Timing, Timing]:
    """Time warpage and sequential fill on one problem."""
    warped = warp_vectorised(task)
    warp = compare(lambda: warp_by_cell(task), lambda: warp_vectorised(task))
    return warp, compare(lambda: fill_by_cell(warped), lambda: fill_null(warped, None))


def median_timing(timings: list[Timing]) -> tuple[Timing, float]:
    """Return the median times of both forms and the median of the ratios."""
    return Timing(*(median(times) for times in zip(*timings, strict=True))), median(t.ratio for t in timings)


def print_row(operation: str, problem: str, timing: Timing, ratio: float, goal: float) -> None:
    """Print one line of the table."""
    plain, vectorised = timing.plain * 1e3, timing.vectorised * 1e3
    print(f"{operation:<6} {problem:<24} {plain:>10.2f} {vectorised:>12.3f} {ratio:>8.0f}x {goal:>8.0f}x")


def main() -> None:
    """Time all golden cases and a full mask on one thread, as waiting for threads would swamp tasks this small."""
    torch.set_num_threads(1)
    print(f"{'':<6} {'':<24} {'plain ms':>10} {'vectorised ms':>12} {'ratio':>8} {'goal':>9}")
    golden = [time_task(golden_task(*case)) for case in case_ids()]
    warps, fills = (list(timings) for timings in zip(*golden, strict=True))
    full_warp, full_fill = time_task(full_mask_task())
    label = f"median of {len(golden)} goldens"
    print_row("warp", label, *median_timing(warps), 100)
    print_row("warp", "full mask 128 x 128", full_warp, full_warp.ratio, 1000)
    print_row("fill", label, *median_timing(fills), 4)
    print_row("fill", "full mask 128 x 128", full_fill, full_fill.ratio, 6)


if __name__ == "__main__":
    main()
