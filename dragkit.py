"""Shows DragKit at work, checks, tests, measures or serves it, and sets up by itself what that needs."""

from __future__ import annotations

import argparse
import errno
import importlib.util
import os
import signal
import sys
import webbrowser
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent


def register() -> None:
    """Makes this folder the package `dragkit`, as a host would, whatever it is called."""
    if "dragkit" not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            "dragkit", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
        )
        sys.modules["dragkit"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["dragkit"])


register()

from dragkit.tools import browser, comfyui, environment, packages, typescript  # noqa: E402

WITH_RAY = ("bulk", "benchmark", "test")
BENCHMARKS = ("speed", "truth", "dragbench", "objects", "bulk", "live")
WORKERS = 2  # of the whole suite; each starts servers and browsers of its own, some 3 GB
ALONE = ("-n", "--numprocesses", "--pdb", "--write-costs")
FIRST = "first_pull"  # the example that is opened
FULL = (errno.ENOSPC, errno.EDQUOT)
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def main(arguments: list[str]) -> int:
    """Runs one command and turns what stands in its way into one sentence."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        environment.check_python(sys.version_info)
        return run(arguments)
    except environment.SetupError as error:
        return fail(str(error))
    except OSError as error:
        if error.errno in FULL:
            return fail(
                f"The disk is full; make room in {error.filename or environment.cache_folder()}, and run it again."
            )
        if error.errno in REFUSED:
            return fail(f"{error.filename} may not be written or read; allow it and run it again.")
        raise
    except KeyboardInterrupt:
        return 130


def fail(sentence: str) -> int:
    """Tells the user what went wrong."""
    print(f"dragkit: {sentence}", file=sys.stderr)
    return 1


def run(arguments: list[str]) -> int:
    """Prepares host and environment, and carries out the command there."""
    options, further = parse(arguments)
    version = getattr(options, "comfyui", None)
    theirs = None if version else comfyui.configured_host()
    if options.command == "serve" and options.port is not None:
        comfyui.check_port(options.port)
    environment.enter(ROOT / "dragkit.py", arguments, comfyui.kept_apart(theirs, version or comfyui.PINNED))
    packages.bootstrap()
    host = theirs or comfyui.fetched_host(version or comfyui.PINNED)
    packages.install(
        host, fetched=theirs is None, tools=options.command in ("test", "benchmark"), bulk=options.command in WITH_RAY
    )
    os.environ["COMFYUI_PATH"] = str(host)
    if options.command == "demo":
        return edit_picture(further)
    if options.command == "check":
        return check_machine(further)
    if options.command == "bulk":
        return edit_many(further)
    if options.command == "test":
        run_tests(options.frontend, further)
    if options.command == "benchmark":
        measure(options.question, further)
    return serve(host, options.port, options.no_browser)


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Returns the command with its options, and the further arguments it passes on."""
    parser = argparse.ArgumentParser(prog="dragkit.py", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser(
        "demo", help="edit a picture by FastDrag and save before, drag and after as one PNG", allow_abbrev=False
    )
    commands.add_parser(
        "check",
        help="try everything on this machine beside stored results",
        allow_abbrev=False,
        add_help=False,
    )
    commands.add_parser(
        "bulk", help="edit many pictures, on this machine or on a Ray cluster", allow_abbrev=False, add_help=False
    )
    testing = commands.add_parser("test", help="run the tests; further arguments go to pytest", allow_abbrev=False)
    testing.add_argument("--comfyui", choices=list(comfyui.SOURCES), help="fetch this ComfyUI, and test on it")
    testing.add_argument("--frontend", metavar="VERSION", help="test with this version of ComfyUI's frontend")
    measuring = commands.add_parser(
        "benchmark",
        help="answer a question by measurement; further arguments go to it",
        allow_abbrev=False,
        add_help=False,
    )
    measuring.add_argument("question", choices=BENCHMARKS)
    serving = commands.add_parser(
        "serve", help="open the graph editor with DragKit and its examples", allow_abbrev=False
    )
    serving.add_argument("--port", type=int, help="the port to listen on (default: a free one)")
    serving.add_argument("--no-browser", action="store_true", help="only print the address")
    options, further = parser.parse_known_args(arguments)
    if options.command == "serve" and further:
        serving.error(f"unrecognized arguments: {' '.join(further)}")
    return options, further


def edit_picture(arguments: list[str]) -> int:
    """Edits a picture through a headless server."""
    from dragkit.tools import edit

    return edit.main(arguments)


def edit_many(arguments: list[str]) -> int:
    """Runs a graph over a table of jobs."""
    from dragkit.bulk import command

    return command.main(arguments)


def check_machine(arguments: list[str]) -> int:
    """Tries everything the pack does through a headless server."""
    from dragkit.tools import check

    return check.main(arguments)


def run_tests(frontend: str | None, arguments: list[str]) -> NoReturn:
    """Runs the tests, with no folder of the project on Python's path."""
    os.chdir(ROOT)
    if frontend:
        os.environ["DRAGKIT_FRONTEND"] = str(packages.fetched_frontend(frontend))
    browser.provide_browser()
    typescript.provide_typescript()
    environment.become([sys.executable, "-I", "-m", "pytest", *spread(arguments), *arguments])


def spread(arguments: list[str]) -> list[str]:
    """Has pytest run all tests in several processes, file by file; those of a path that is named run in one."""
    named = [word for word in arguments if word.startswith(ALONE) or (ROOT / word.split("::")[0]).exists()]
    workers = min(WORKERS, os.cpu_count() or 1)
    if named or workers < 2:
        return []
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))
    return ["-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder"]


def measure(question: str, arguments: list[str]) -> NoReturn:
    """Runs a benchmark, with no folder of the project on Python's path."""
    os.chdir(ROOT)
    environment.become([sys.executable, "-I", str(ROOT / "benchmarks" / "run.py"), question, *arguments])


def serve(host: Path, port: int | None, no_browser: bool) -> int:
    """Serves the graph editor until Ctrl-C."""
    from dragkit.tools.folders import own_folder

    environment.say("Starting ComfyUI ...")
    with own_folder(environment.cache_folder() / "serve") as base:
        return served(host, base, port, no_browser)


def served(host: Path, base: Path, port: int | None, no_browser: bool) -> int:
    """Serves the graph editor from a folder of its own until Ctrl-C."""
    from dragkit.tools.server import ComfyServer

    with ComfyServer(host, base=base, port=port, models=[host / "models"]) as server:
        first = f"{server.address}/?template={FIRST}&source=dragkit"
        environment.say(
            f"ComfyUI with DragKit is at {first}; more examples are under Templates, dragkit. "
            f"What you save goes to {base}. Stop it with Ctrl-C."
        )
        if not no_browser:
            webbrowser.open(first)
        if server.wait():
            raise environment.SetupError(f"ComfyUI ended by itself; its log says:\n{server.log_tail()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
