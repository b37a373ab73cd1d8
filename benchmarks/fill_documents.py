"""Copies the tables of `results/` into the README and the pages of `docs/`, where they are marked.

`python benchmarks/fill_documents.py` after a benchmark; a mark is `<!-- table FILE/NAME -->` to `<!-- end -->`.
"""

import _pack

_pack.register()

from dragkit.benchmarks.report import fill  # noqa: E402


def main() -> None:
    for document in (_pack.ROOT / "README.md", *sorted((_pack.ROOT / "docs").glob("*.md"))):
        text = document.read_text(encoding="utf-8")
        document.write_text(fill(text), encoding="utf-8")


if __name__ == "__main__":
    main()
