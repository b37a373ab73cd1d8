"""The walls of the house, and how the pack is imported."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOST = {"comfy", "comfy_api", "comfy_execution", "comfy_extras", "server", "nodes", "folder_paths", "latent_preview"}
ALGORITHMS = {"scipy", "einops", "numpy"}
PLAIN = "core/instruction core/grid"
METHODS = f"{PLAIN} core/attention core/invert core/optimise core/maps core/redraw core/crop core/objects core/show"
METHODS = f"{METHODS} core/prompt core/reference"
MAY_IMPORT = {
    **dict.fromkeys(["core", "core/instruction", "core/attention", "core/check", "core/prompt"], ""),
    "core/grid": "core/instruction",
    **dict.fromkeys(["core/mesh", "core/objects", "core/optimise", "core/show"], PLAIN),
    "core/maps": f"{PLAIN} core/mesh",
    "core/invert": "core/attention",
    "core/reference": f"{PLAIN} core/maps",
    "core/redraw": f"{PLAIN} core/maps core/attention core/invert",
    "core/crop": f"{PLAIN} core/redraw",
    "nodes/host": METHODS,
    "nodes/checks": f"{METHODS} nodes/host",
    "nodes/gradients": f"{METHODS} nodes/host nodes/checks",
    "nodes/references": f"{METHODS} nodes/host",
    "nodes/selfcheck": "core/check demo demo/scenes nodes/host",
    "nodes": f"{METHODS} nodes/host nodes/checks nodes/gradients nodes/references nodes/selfcheck demo demo/scenes",
}
COMPUTING = {*"abs amax amin cos diff div exp lerp log matmul mean mul norm pow sin sqrt square std".split()}
MAKING = {
    *"Generator Tensor cat device dtype equal from_numpy is_tensor stack tensor channels_last".split(),
    *"arange frombuffer linspace ones randint zeros zeros_like bool float16 float32 uint8".split(),
    *"cuda nn utils overrides autograd compile enable_grad inference_mode is_grad_enabled no_grad".split(),
}
ROOMS_FILES = sorted(f for room in ("core", "nodes") for f in (ROOT / room).rglob("*.py"))


def imported(file: Path) -> set[str]:
    """The modules a file imports, relative ones with the dots of their level."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." * node.level + (node.module or ""))
    return found


@pytest.mark.parametrize("file", ROOMS_FILES, ids=lambda f: f.relative_to(ROOT).as_posix())
def test_imports_follow_the_plan(file):
    """Relative imports lead to the own folder or to one that the table allows; the host is for `nodes` alone."""
    own = file.parent.relative_to(ROOT).as_posix()
    allowed = {own, *MAY_IMPORT[own].split()}
    for module in imported(file):
        if module.startswith("."):
            assert folder_of(module, file) in allowed, module
        else:
            assert own.startswith("nodes") or module.split(".")[0] not in HOST, module


def folder_of(module: str, file: Path) -> str:
    """The folder, from the root, that a relative import leads to."""
    level = len(module) - len(module.lstrip("."))
    place = file.parents[level - 1].joinpath(*module[level:].split("."))
    return (place if place.is_dir() else place.parent).relative_to(ROOT).as_posix()


def test_no_room_of_core_is_crowded():
    for folder in (ROOT / "core").iterdir():
        assert len([f for f in folder.glob("*.py") if f.name != "__init__.py"]) <= 10, folder.name


@pytest.mark.parametrize("file", [f for f in ROOMS_FILES if "nodes" in f.parts], ids=lambda f: f.stem)
def test_nodes_hold_no_algorithm(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not {module.split(".")[0] for module in imported(file)} & ALGORITHMS
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While)]
    assert not [inner for loop in loops for inner in ast.walk(loop) if inner is not loop and inner in loops]
    assert not [ast.unparse(node) for node in ast.walk(tree) if computes(node)]


def computes(node: ast.AST) -> bool:
    """Whether it is a power, a matrix product, a method that computes, or none of the functions that make tensors."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Pow | ast.MatMult)
    if not isinstance(node, ast.Attribute):
        return False
    return node.attr not in MAKING if ast.unparse(node.value) == "torch" else node.attr in COMPUTING


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
    needed = {"__init__.py", "demo/network.py", "demo/expected.json"}
    rooms = ("core", "nodes", "demo/scenes")
    needed |= {f.relative_to(ROOT).as_posix() for folder in rooms for f in (ROOT / folder).rglob("*.py")}
    needed |= {f.relative_to(ROOT).as_posix() for f in (ROOT / "demo" / "weights").glob("*.safetensors")}
    needed |= {f.relative_to(ROOT).as_posix() for folder in ("js", "locales") for f in (ROOT / folder).rglob("*.*")}
    assert not needed & left_out
    assert {"dragkit.py", "training/train_unet.py"} <= left_out
