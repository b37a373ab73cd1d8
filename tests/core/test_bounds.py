"""What large pictures, many drags and masks of many specks cost: measured in a process of its own."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("bounded_work.py")
LIMITS = {  # MiB
    "a thousand drags of a whole picture": 200,
    "one drag of a whole picture": 300,
    "the same by whole pixels": 400,
    "65,000 specks": 100,
    "noise, a thousand drags in it": 250,
    "a hundred regions": 100,
    "copy-paste of 10,000 specks": 100,
    "a mask by a stroke of 10,000 points": 250,
    "the same with an absurd radius": 50,
    "a mask by 10,000 polygons": 200,
    "a mask by a polygon of 50,000 corners": 200,
    "latent warpage by a thousand drags": 200,
}
SECONDS = 60  # of CPU, 20 times the usual; work that grows by squares takes longer, or more memory than there is


@cache
def costs() -> dict[str, tuple[float, float]]:
    """The seconds of CPU and the MiB that each case needed at its peak."""
    program = [sys.executable, "-I", str(PROGRAM), str(ROOT)]
    return json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
@pytest.mark.parametrize("case", LIMITS)
def test_time_and_memory_stay_within_bounds(case: str):
    seconds, megabytes = costs()[case]
    assert megabytes < LIMITS[case] and seconds < SECONDS
