"""The two walls of the house, and how the pack is imported."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOST = {"comfy", "comfy_api", "comfy_execution", "comfy_extras", "server", "nodes", "folder_paths", "latent_preview"}
ALGORITHMS = {"scipy", "einops", "numpy"}


def imported(file: Path) -> set[str]:
    """The modules a file imports, relative ones with the dots of their level."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


@pytest.mark.parametrize("file", sorted((ROOT / "core").glob("*.py")), ids=lambda f: f.name)
def test_core_knows_nothing_of_the_host(file):
    for module in imported(file):
        assert module.split(".")[0] not in HOST and not module.startswith("..")


@pytest.mark.parametrize("file", sorted((ROOT / "nodes").glob("*.py")), ids=lambda f: f.name)
def test_nodes_hold_no_algorithm(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not {module.split(".")[0] for module in imported(file)} & ALGORITHMS
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    assert not [inner for loop in loops for inner in ast.walk(loop) if inner is not loop and inner in loops]


def test_importing_the_pack_imports_nothing_of_the_host():
    program = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('pack', r'{ROOT / '__init__.py'}', "
        f"submodule_search_locations=[r'{ROOT}'])\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "sys.modules['pack'] = module\n"
        "spec.loader.exec_module(module)\n"
        "print(*(set(sys.modules) & {'torch', 'comfy', 'comfy_api', 'pack.nodes'}))"
    )
    loaded = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""


def test_the_registry_archive_holds_what_runs():
    listing = ["git", "ls-files", "--cached", "--others", "--ignored", "--exclude-from=.comfyignore"]
    left_out = set(subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())
    needed = {"__init__.py", "demo/network.py", "demo/scenes.py"}
    needed |= {f.relative_to(ROOT).as_posix() for folder in ("core", "nodes") for f in (ROOT / folder).glob("*.py")}
    needed |= {f.relative_to(ROOT).as_posix() for f in (ROOT / "demo" / "weights").glob("*.safetensors")}
    needed |= {f.relative_to(ROOT).as_posix() for folder in ("js", "locales") for f in (ROOT / folder).rglob("*.*")}
    assert not needed & left_out
    assert {"dragkit.py", "demo/train_unet.py"} <= left_out
