"""The features are DIFT's, whatever way the host takes to them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.host
def test_features_are_those_written_out_by_hand(host):
    program = Path(__file__).with_name("dift_by_hand.py")
    ended = subprocess.run([sys.executable, "-I", str(program)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["block"] == 5
    assert found["shape"] == [128, 6, 9], "a sixteenth of 96 x 136, rounded up as the network does"
    assert found["error"] < 1e-4 and found["repeats"]
    assert found["other"] > 0.01
