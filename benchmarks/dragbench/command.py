"""How does an example graph score by the protocol the drag papers share?"""

from __future__ import annotations

import argparse
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from ...tools.client import ComfyClient
from ...tools.comfyui import configured_host, fetched_host
from ...tools.environment import SetupError, say
from ..fleet import alive, own_servers
from ..report import Report, markdown
from .batch import Batch, RunFolder, mean_seconds, result_image
from .graph import load_graph
from .samples import Instruction, Sample, SampleError, find_samples, read_sample
from .scores import Measure, Score, ScoreBook, Summary, score_key

RUNS = Path(__file__).parents[1] / "runs" / "dragbench"
ENOUGH = 10  # results for a report
NAMED = 3  # samples named with one reason
TITLE = "DragBench: example graphs by the published protocol"


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        return run(options)
    except SetupError as error:
        raise SystemExit(f"dragbench: {error}") from None
    except KeyboardInterrupt:
        say("Stopped. What is done is kept; the same command goes on from there.")
        return 130


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dragkit.py benchmark dragbench", description=__doc__)
    parser.add_argument("samples", type=Path, help="the folder of DragBench, DragBench-SR or DragBench-DR")
    parser.add_argument("graph", help="an example workflow's name, or a file from the editor")
    parser.add_argument("--set", action="append", default=[], metavar="NODE.INPUT=VALUE", help="change the graph")
    parser.add_argument("--output", metavar="NODE", help="the node that saves the result, where there are several")
    instructions = [kind.value for kind in Instruction]
    parser.add_argument("--instruction", choices=instructions, default="points", help="what the graph is given")
    parser.add_argument("--side", type=int, metavar="PIXELS", help="resize the samples to this longer side")
    parser.add_argument("--only", metavar="TEXT", help="only samples whose path holds this")
    parser.add_argument("--server", action="append", default=[], metavar="ADDRESS", help="repeat for several servers")
    parser.add_argument("--models", type=Path, help="a models folder for the server started here")
    parser.add_argument("--timeout", type=float, default=3600, metavar="SECONDS", help="for one sample")
    parser.add_argument("--retry", action="store_true", help="run failed samples again")
    parser.add_argument("--run", type=Path, metavar="FOLDER", help="where results are kept")
    parser.add_argument("--features", metavar="CHECKPOINT", help="a checkpoint file, or demo, to measure distances by")
    parser.add_argument("--empty-prompt", action="store_true", help="measure without the prompts, as Inpaint4Drag does")
    parser.add_argument("--report", action="store_true", help="put the scores into benchmarks/results")
    parser.add_argument("--note", metavar="TEXT", help="said beside the report's machine and date")
    options = parser.parse_args(arguments)
    if options.report and not options.features:
        parser.error("--report needs --features")
    return options


def run(options: argparse.Namespace) -> int:
    """Reads the samples, runs those that are not done, and scores the results; 1 where a sample failed."""
    samples, faults = readable(options)
    name = Path(options.graph).stem
    kept = {option: getattr(options, option) for option in ("graph", "set", "output", "instruction", "side")}
    folder = RunFolder(options.run or RUNS / name)
    folder.claim(kept | {"samples": options.samples.resolve().name})
    waiting = [sample for sample in samples if wanted(sample, folder, options.retry)]
    if waiting:
        say(f"{name}: {len(samples) - len(waiting)} samples done or set aside, {len(waiting)} to run.")
        with servers(options) as clients:
            graph = load_graph(options.graph, clients[0].get("/object_info"), options.set, options.output)
            folder.claim({"nodes": graph.digest})
            Batch(graph, folder, options.timeout, say).do(waiting, clients)
    done, failed = folder.done(), folder.failed()
    faults |= {sample.name: str(failed[sample.name].error) for sample in samples if sample.name in failed}
    for reason in dict.fromkeys(faults.values()):
        say_failed([name for name in faults if faults[name] == reason], reason)
    results = [sample for sample in samples if sample.name in done]
    say(f"{len(results)} results are in {folder.folder / 'pictures'}.")
    if options.features:
        measure(options, folder, results, len(faults))
    return 1 if faults else 0


def readable(options: argparse.Namespace) -> tuple[list[Sample], dict[str, str]]:
    """The samples that can be read, and for every other a sentence on why not."""
    found = find_samples(options.samples)
    chosen = {name: place for name, place in found.items() if not options.only or options.only in name}
    if not chosen:
        raise SetupError(
            f"There are no samples in {options.samples}"
            + (f" whose path holds {options.only}" if found else "")
            + "; a sample is a folder with original_image.png and meta_data.pkl or drag_instruction.json."
        )
    samples, faults = [], {}
    for name, place in chosen.items():
        try:
            sample = read_sample(name, place, Instruction(options.instruction))
            samples.append(sample.with_longer_side(options.side) if options.side else sample)
        except SampleError as error:
            faults[name] = error.reason
    return samples, faults


def say_failed(names: Sequence[str], reason: str) -> None:
    further = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    say(f"failed: {', '.join(names[:NAMED])}{further}: {reason}")


def wanted(sample: Sample, folder: RunFolder, retry: bool) -> bool:
    if sample.name in folder.failed():
        return retry
    return sample.name not in folder.done()


@contextmanager
def servers(options: argparse.Namespace) -> Generator[Sequence[ComfyClient]]:
    """The servers named, each of which must answer and have the pack, or one of our own."""
    if not options.server:
        host = configured_host() or fetched_host()
        models = [folder for folder in (host / "models", options.models) if folder]
        with own_servers(host, 1, models) as own:
            yield own
        return
    clients = [ComfyClient(address_of(server)) for server in options.server]
    for client in clients:
        if not alive(client):
            raise SetupError(f"No ComfyUI answers at {client.address}; start it, or leave out --server.")
        if not client.get("/object_info/DragCanvas"):
            raise SetupError(f"The ComfyUI at {client.address} does not have DragKit; install it there.")
    yield clients


def address_of(server: str) -> str:
    return (server if urlsplit(server).netloc else f"http://{server}").rstrip("/")


def measure(options: argparse.Namespace, folder: RunFolder, samples: Sequence[Sample], failed: int) -> None:
    """Scores all results, says what they come to, and reports it where that is asked for."""
    if not samples:
        raise SetupError("There is no result to measure.")
    if options.report and len(samples) < ENOUGH:
        raise SetupError(f"--report needs {ENOUGH} results; there are {len(samples)}.")
    from ...tools.in_process import use_host

    os.environ.setdefault("COMFYUI_PATH", str(configured_host() or fetched_host()))
    use_host()
    from .feature_model import load_feature_model

    model = load_feature_model(options.features)
    book, measure = ScoreBook(folder.folder / "scores.jsonl"), Measure(model, options.empty_prompt)
    edited, unedited = [], []
    for number, sample in enumerate(samples, 1):
        edited.append(scored(sample, folder.picture(sample.name), book, measure))
        unedited.append(scored(sample, None, book, measure))
        say(f"[{number}/{len(samples)}] {sample.name} measured")
    distances = "Inpaint4Drag MD x100" if options.empty_prompt else "RegionDrag MD x100"
    name, done = Path(options.graph).stem, folder.done()
    seconds = mean_seconds({sample.name: done[sample.name] for sample in samples})
    rows = [
        row("no edit", Summary.of(unedited), distances, 0, None),
        row(name, Summary.of(edited), distances, failed, seconds),
    ]
    report(options, rows, model.name)


def scored(sample: Sample, result: Path | None, book: ScoreBook, measure: Measure) -> Score:
    """The score of a result, or of the source where there is none, computed unless it is kept already."""
    key = score_key(sample, result, measure.model.name, measure.empty_prompt)
    score = book.find(sample.name, key)
    if score is None:
        score = measure.result(sample, result_image(result, sample.size)) if result else measure.no_edit(sample)
        book.keep(sample.name, key, score)
    return score


def row(name: str, summary: Summary, distances: str, failed: int, seconds: float | None) -> dict:
    return {
        "graph": name,
        "samples": summary.samples,
        "failed": failed,
        "pairs": summary.pairs,
        "IF": summary.fidelity,
        "LPIPS x100": summary.lpips_100,
        "MD": summary.mean_distance,
        "m-MD": summary.masked_distance,
        distances: summary.disc_distance_100,
        "s per sample": seconds,
    }


def report(options: argparse.Namespace, rows: list[dict], model: str) -> None:
    """Prints the rows, and with --report keeps them among the results."""
    dataset, name = options.samples.resolve().name, Path(options.graph).stem
    bundled = (
        " The features are those of the bundled model, which knows no photographs: this shows that the protocol "
        "runs, and is no score."
    )
    caption = (
        f"{name} on {dataset}, distances by the features of {model}. IF and LPIPS: AlexNet at 224 x 224. MD: pixels, "
        f"anywhere in the picture; m-MD: within the mask; MD x100: within discs, in percent of the sides."
        f"{bundled if model == 'demo' else ''}"
    )
    settings = {"given": options.instruction}
    if options.side:
        settings["longer_side"] = options.side
    if options.set:
        settings["set"] = " ".join(options.set)
    if options.note:
        settings["note"] = options.note
    if options.report:
        Report("dragbench", TITLE).put(f"{name}, {dataset}, {model}", caption, rows, **settings)
    else:
        say(f"\n{caption}\n\n{markdown(rows)}\n")
