"""How does an example graph score by the protocol the drag papers share?"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from PIL import Image

from ...bulk.cluster import joined
from ...bulk.command import digest
from ...bulk.editor import Setting
from ...bulk.graph import read_graph
from ...bulk.places import Place
from ...bulk.results import Results
from ...bulk.run import Progress, Run
from ...bulk.servers import checked
from ...bulk.tasks import Task
from ...tools.comfyui import configured_host, fetched_host
from ...tools.environment import SetupError, say
from ..report import Report, markdown
from .recipe import SampleRecipe
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
    saved = read_graph(options.graph)
    kept = {option: getattr(options, option) for option in ("graph", "set", "output", "instruction", "side")}
    results = Results(Place.of(options.run or RUNS / name))
    results.claim(kept | {"samples": options.samples.resolve().name, "nodes": digest(saved)})
    waiting = [sample for sample in samples if wanted(sample, results, options.retry)]
    if waiting:
        say(f"{name}: {len(samples) - len(waiting)} samples done or set aside, {len(waiting)} to run.")
        edit(options, saved, waiting, results)
    done, failed = finished(samples, results), results.failed()
    faults |= {sample.name: failed[sample.name] for sample in samples if sample.name in failed}
    for reason in dict.fromkeys(faults.values()):
        say_failed([name for name in faults if faults[name] == reason], reason)
    say(f"{len(done)} results are in {results.place.uri}/pictures.")
    if options.features:
        measure(options, results, done, len(faults))
    return 1 if faults else 0


def edit(options: argparse.Namespace, saved: dict[str, Any], samples: Sequence[Sample], results: Results) -> None:
    """Runs samples on the servers named, or on one of our own."""
    import ray

    recipe = SampleRecipe(saved, options.set, options.output, options.instruction, options.side)
    models = (str(options.models),) if options.models else ()
    setting = Setting(recipe, results.place, models, timeout=options.timeout)
    addresses = checked(options.server)
    tasks = [Task(sample.name, {"place": str(sample.picture.parent.absolute())}).packed() for sample in samples]
    with joined(None, len(addresses) or 1) as share:
        run = Run(setting, results, share, Progress(len(tasks), say), addresses)
        run.do(ray.data.from_items(tasks))


def picture_of(results: Results, sample: str) -> Path:
    """Where a sample's result lies."""
    return Path(results.place.uri) / "pictures" / f"{sample}.png"


def finished(samples: Sequence[Sample], results: Results) -> list[Sample]:
    """The samples that have a result."""
    done = results.done()
    return [sample for sample in samples if sample.name in done and picture_of(results, sample.name).is_file()]


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


def wanted(sample: Sample, results: Results, retry: bool) -> bool:
    if sample.name in results.failed():
        return retry
    return not finished([sample], results)


def mean_seconds(results: Results, samples: Sequence[Sample]) -> float | None:
    """Seconds per sample; the first of every worker is left out where there are others, as it loads the model."""
    seen: set[str] = set()
    warm, cold = list[float](), list[float]()
    for row in (results.rows[sample.name] for sample in samples):
        (warm if row["worker"] in seen else cold).append(row["seconds"])
        seen.add(row["worker"])
    return mean(warm or cold) if samples else None


def result_image(file: Path, size: tuple[int, int]) -> Image.Image:
    """A result as the protocols measure it: resized to its source's size where the model needs another."""
    with Image.open(file) as result:
        result = result.convert("RGB")
    return result if result.size == size else result.resize(size, Image.Resampling.BILINEAR)


def measure(options: argparse.Namespace, results: Results, samples: Sequence[Sample], failed: int) -> None:
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
    book, measure = ScoreBook(Path(results.place.uri) / "scores.jsonl"), Measure(model, options.empty_prompt)
    edited, unedited = [], []
    for number, sample in enumerate(samples, 1):
        edited.append(scored(sample, picture_of(results, sample.name), book, measure))
        unedited.append(scored(sample, None, book, measure))
        say(f"[{number}/{len(samples)}] {sample.name} measured")
    distances = "Inpaint4Drag MD x100" if options.empty_prompt else "RegionDrag MD x100"
    name, seconds = Path(options.graph).stem, mean_seconds(results, samples)
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
