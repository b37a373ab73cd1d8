"""Work on large inputs, run in a process of its own: prints the seconds of CPU and the MiB each case needs."""

import importlib.util
import json
import sys
import time

import torch

ROOT = sys.argv[1]
PACK = importlib.util.spec_from_file_location("dragkit", f"{ROOT}/__init__.py", submodule_search_locations=[ROOT])
sys.modules["dragkit"] = importlib.util.module_from_spec(PACK)
PACK.loader.exec_module(sys.modules["dragkit"])

from dragkit.core.grid.placed import place  # noqa: E402
from dragkit.core.grid.raster import editable_mask  # noqa: E402
from dragkit.core.instruction.geometry import Affine, Extent, Point  # noqa: E402
from dragkit.core.instruction.spec import Brush, Drag, DragSpec, Polygon, Region, Stroke  # noqa: E402
from dragkit.core.maps.flow import flow_map  # noqa: E402
from dragkit.core.maps.regions import region_map  # noqa: E402
from dragkit.core.maps.stretch import gather_map  # noqa: E402
from dragkit.core.redraw.pixels import Fill, Sampling, warp  # noqa: E402

torch.set_num_threads(1)
random = torch.Generator().manual_seed(0)


def memory(what):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024


def drag(x, y, dx=9.0, dy=7.0):
    return Drag(Point(x, y), Point(x + dx, y + dy))


def moved(side, drags=(), base=None, regions=(), **settings):
    spec = DragSpec(drags=tuple(drags), regions=tuple(regions), base=base, size=Extent(side, side))
    how = settings.get("sampling", Sampling.SMOOTH)

    def work():
        return warp(torch.rand(1, side, side, 3), flow_map(place(spec, spec.picture), how.rounding), **settings)

    return work


def anywhere(side, count):
    return [drag(*(torch.rand(2, generator=random) * side).tolist()) for _ in range(count)]


def specks(side, step):
    mask = torch.zeros(side, side, dtype=torch.bool)
    mask[::step, ::step] = True
    return mask


def boxes(count):
    corners = [(10 + 16 * (i % 30), 10 + 14 * (i // 30)) for i in range(count)]
    shapes = (Polygon(tuple(Point(x + dx, y + dy) for dx, dy in ((0, 0), (9, 0), (9, 9), (0, 9)))) for x, y in corners)
    return [Region(shape, Affine(Point(5, 5), (1, 1), 10)) for shape in shapes]


def points(count):
    return tuple(Point(*place) for place in (torch.rand(count, 2, generator=random) * 512).tolist())


def masked(*shapes):
    spec = DragSpec(mask=shapes)
    return lambda: editable_mask(spec, SIDES)


SIDES = Extent(512, 512)
whole, larger = (torch.ones(side, side, dtype=torch.bool) for side in (1024, 2048))
noise = torch.rand(1024, 1024, generator=random) < 0.01
in_noise = [drag(x + 0.5, y + 0.5) for y, x in noise.nonzero()[:1000].tolist()]
in_specks = DragSpec(drags=(drag(0.5, 0.5),), base=specks(512, 5), size=SIDES)
handles = torch.rand(1000, 2, generator=random) * 256
CASES = {
    "a thousand drags of a whole picture": moved(1024, anywhere(1024, 1000), whole),
    "one drag of a whole picture": moved(2048, [drag(9, 9)], larger),
    "the same by whole pixels": moved(2048, [drag(9, 9)], larger, sampling=Sampling.REFERENCE),
    "65,000 specks": moved(512, [drag(0.5, 0.5)], specks(512, 2)),
    "noise, a thousand drags in it": moved(1024, in_noise, noise, fill=Fill.NEIGHBOURS),
    "a hundred regions": moved(512, regions=boxes(100)),
    "copy-paste of 10,000 specks": lambda: [
        region_map(place(in_specks, SIDES, cell_size=size)).gather for size in (8, 1)
    ],
    "a mask by a stroke of 10,000 points": masked(Brush((Stroke(20.0, points(10_000)),))),
    "the same with an absurd radius": masked(Brush((Stroke(1e9, points(10_000)),))),
    "a mask by 10,000 polygons": masked(*(Polygon(points(4)) for _ in range(10_000))),
    "a mask by a polygon of 50,000 corners": masked(Polygon(points(50_000))),
    "latent warpage by a thousand drags": lambda: gather_map(whole[:256, :256], handles, handles + 3),
}
costs = {}
for name, work in CASES.items():
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
    before, start = memory("VmRSS"), time.process_time()
    work()
    costs[name] = time.process_time() - start, memory("VmHWM") - before
print(json.dumps(costs))
