"""Folders that one process has at a time."""

from pathlib import Path

from dragkit.tools.folders import own_folder


def test_what_is_taken_is_left_alone_and_free_again_afterwards(tmp_path: Path):
    wanted = tmp_path / "serve"
    with own_folder(wanted) as first, own_folder(wanted) as second, own_folder(wanted) as third:
        assert (first, second, third) == (wanted, tmp_path / "serve-2", tmp_path / "serve-3")
    with own_folder(wanted) as again:
        assert again == wanted
