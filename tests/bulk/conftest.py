"""Ray on this machine, once for the tests of this folder."""

from collections.abc import Iterator

import pytest
from dragkit.bulk.cluster import Share, joined


@pytest.fixture(scope="session")
def ray_here() -> Iterator[Share]:
    with joined(None, 1) as share:
        yield share
