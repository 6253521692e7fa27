"""The demo's story: render a collection, learn its tags, report, tag new tracks, and look up how right they are."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from unisono.demo.checking import Check, check_tags, read_rows
from unisono.demo.library import ANSWERS, LABELLED, NEW, TABLE, render
from unisono.errors import UserError
from unisono.experiment import Experiment
from unisono.files import commit_bytes
from unisono.report import write_report
from unisono.tagging import Tagged, open_model, write
from unisono.training.run import Run, Watching, train

EXPERIMENT, TAGS, RUN, NOTE = "experiment.toml", "tags.csv", "run", "README.txt"
TRACKS = 150
_NOTE = "`unisono demo` made everything in this folder. It may be deleted; running the demo again makes it anew.\n"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Story:
    """What the demo did.

    Args:
        tagged: tags of the new tracks, by artists the model has never heard.
        checks: task -> how often the tags agree with the answers that the renderer kept.
        seconds: step -> how long it took.
    """

    table: Path
    run: Run
    report: Path
    tagged: Tagged
    checks: Mapping[str, Check]
    seconds: Mapping[str, float]


def tell(
    folder: Path, seed: int = 0, say: Say | None = None, watching: Watching | None = None, tracks: int = TRACKS
) -> Story:
    """Run the whole story in a folder of its own.

    Args:
        folder: made if it is not there; one that holds anything but an earlier demo is left alone.
        seed: of the collection and of the run.
        say: called with each line of what is done.
        watching: called on the way, as in `training.run.train`.
        tracks: how many to render; a sixth as many new ones come along.
    Raises: UserError when the folder holds something else.
    """
    say = say or (lambda line: None)
    folder = Path(folder)
    clock = _Clock()
    clear(folder)
    table = render(folder, tracks, seed, unseen=tracks // 6)
    clock.stop("render")
    for line in _rendered(table, folder, clock):
        say(line)
    text = resources.files("unisono.demo").joinpath(EXPERIMENT).read_bytes()
    commit_bytes(folder / EXPERIMENT, text)
    run = train(Experiment.load(folder / EXPERIMENT), folder / RUN, seed, watching=watching)
    clock.stop("train")
    for line in _trained(run, folder, clock):
        say(line)
    report = write_report(run.folder)
    clock.stop("report")
    say(f"Report: {report}")
    tagged = open_model(run.model).tag(folder / NEW)
    write(tagged, folder / TAGS)
    checks = check_tags(tagged, read_rows(folder / ANSWERS))
    clock.stop("tag")
    for line in _tagged(tagged, checks, folder, clock):
        say(line)
    return Story(table, run, report, tagged, checks, clock.seconds)


class _Clock:
    """How long each step took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.monotonic()

    def stop(self, step: str) -> None:
        now = time.monotonic()
        self.seconds[step], self._since = now - self._since, now


def clear(folder: Path) -> None:
    """Make the folder, or take away what an earlier demo left in it.

    Raises: UserError when there is anything that no demo made.
    """
    ours = {TABLE, ANSWERS, LABELLED, NEW, EXPERIMENT, TAGS, RUN, NOTE}
    there = {p.name for p in folder.iterdir()} if folder.is_dir() else set()
    note = folder / NOTE
    if there and not (there <= ours and note.is_file() and note.read_text("utf8") == _NOTE):
        found = "holds files already but the demo needs a folder of its own"
        raise UserError(str(folder), found, "Name another: unisono demo my-demo")
    commit_bytes(note, _NOTE.encode())
    for name in (LABELLED, NEW, RUN):
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)


def _rendered(table: Path, folder: Path, clock: _Clock) -> Iterator[str]:
    rows, new = read_rows(table), read_rows(folder / ANSWERS)
    artists, others = ({row["artist"] for row in some} for some in (rows, new))
    yield f"Rendered {len(rows)} tracks by {len(artists)} artists in {clock.seconds['render']:.0f} s: {table}"
    yield f"  and {len(new)} new ones by {len(others)} other artists, without tags: {folder / NEW}"
    for task in ("genre", "energy", "situation", "intro"):
        labelled = [row[task] for row in rows if row[task]]
        yield f"  {task}: {len(labelled)} of {len(rows)} labelled, such as {', '.join(dict.fromkeys(labelled[:3]))}"


def _trained(run: Run, folder: Path, clock: _Clock) -> Iterator[str]:
    yield f"Trained one network for all four, {folder / EXPERIMENT}, in {clock.seconds['train']:.0f} s: {run.folder}"
    yield "  scores on test artists that were never heard, and of who always gives the most frequent answer:"
    for task, scores in run.scores["tasks"].items():
        metric = {"multiclass": "accuracy", "multilabel": "roc_auc_macro", "regression": "r2"}[scores["kind"]]
        yield f"  {task}: {metric} {_number(scores[metric])} (majority {_number(scores['majority'][metric])})"


def _tagged(tagged: Tagged, checks: Mapping[str, Check], folder: Path, clock: _Clock) -> Iterator[str]:
    yield f"Tagged {len(tagged)} new tracks in {clock.seconds['tag']:.0f} s: {folder / TAGS}"
    for tags in tagged.tracks[:3]:
        given = (" + ".join(g.label or f"{g.value:.0f}" for g in answer.given) or "-" for answer in tags.answers)
        yield f"  {Path(tags.id).stem}: {', '.join(given)}"
    yield "  against the answers that the renderer kept:"
    for task, check in checks.items():
        yield f"  {task}: {check.said}"
    yield f"All in {sum(clock.seconds.values()):.0f} s. Now your own: unisono inspect YOUR-TABLE.csv"


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"
