"""The examples in the docstrings of `core`, each as a test of its own."""

import doctest
import importlib
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "core"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def examples() -> list[doctest.DocTest]:
    """All docstrings of `core` that hold an example."""
    names = (file.relative_to(CORE).with_suffix("").parts for file in sorted(CORE.rglob("*.py")))
    modules = [importlib.import_module(".".join(("dragkit.core", *name)).removesuffix(".__init__")) for name in names]
    found = [test for module in modules for test in doctest.DocTestFinder().find(module) if test.examples]
    return sorted(found)


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name.removeprefix("dragkit.core."))
def test_the_example_is_true(example: doctest.DocTest):
    said: list[str] = []
    outcome = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=said.append)
    assert not outcome.failed, "".join(said)
