"""One self-contained HTML page and the tables of a study, from its study.json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from unisono.errors import TrainingError
from unisono.files import commit_bytes
from unisono.report import study_curves as curves
from unisono.report import study_figures as figures
from unisono.report.study_choice import conditions, fair, left_out
from unisono.report.study_tables import tables_of, total_losses, write_tables
from unisono.report.wording import number, percent, spoken

STUDY = "study.json"
_DOTS = {"helps": "good", "hurts": "none", "no evidence": "", "unknown": ""}
_TEMPLATES = Path(__file__).parent / "templates"
_MATRICES = 24  # drawn of a task and protocol; all of them are in study.json
_SCATTERS = 12  # configurations of a figure of true and answered numbers
_LABELS = 400  # rows of the page's table of labels; all of them are in tables/
_SENTENCES = 12  # of a task on top of the page; the others are behind a click
Row = Mapping[str, Any]


def write_study_report(study_folder: Path, everything: bool = False) -> Path:
    """(Re)make `report.html` and `tables/` of a study.

    Args:
        everything: draw all matrices, answers and sizes, also where they are hundreds.
    Raises: TrainingError when it is no study that has run.
    """
    folder = Path(study_folder)
    study = read_study(folder)
    write_tables(study, folder / "tables")
    path = folder / "report.html"
    commit_bytes(path, render(study, folder.resolve().name, everything).encode("utf-8", "replace"))
    return path


def read_study(folder: Path) -> dict[str, Any]:
    """The content of study.json.

    Raises: TrainingError when it is missing or damaged.
    """
    path = folder / STUDY
    if not path.is_file():
        raise TrainingError(str(path), "is missing, so this study has not run to its end", "Run it with --resume.")
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise TrainingError(str(path), f"is damaged ({error})", "Run the study with --resume.") from error
    return found


def render(study: Row, name: str, everything: bool = False) -> str:
    """The page's text. Every text that comes from a file is escaped.

    Args:
        everything: see `write_study_report`.
    """
    tables = tables_of(study)
    failed = [cell for cell in study["cells"] if cell["state"] != "done"]
    return (
        environment()
        .get_template("study.html")
        .render(
            study=study,
            name=name,
            style=style(),
            dots=_DOTS,
            counts=_counts(study, failed),
            leaky=[p for p, reasons in study["leaks"].items() if reasons],
            overview=tables.get("overview"),
            tasks=[_task(study, task, everything) for task in study["tasks"]],
            losses=_losses(study),
            flattery=_flattery(study),
            flatters=[_flattered(r) for r in _last_sizes(study["flattery"]) if _is_target(study, r)],
            weights=[(row, figures.weights(row["tasks"], _titled(row))) for row in study["weights"]],
            relatedness=[(row, figures.relatedness(row)) for row in study["relatedness"]],
            cost=tables.get("cost"),
            selections=tables.get("selections"),
            failed=failed,
            titled=_titled,
        )
    )


def environment() -> jinja2.Environment:
    """Templates that escape every text, and how they print numbers."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": number, "percent": percent, "spoken": spoken}
    return made


def style() -> str:
    """The rules that a page holds."""
    return (_TEMPLATES / "run.css").read_text("utf-8")


def _counts(study: Row, failed: Sequence[Row]) -> dict[str, int]:
    distinct = {cell["cell"] for cell in study["cells"]}
    configurations = {cell["configuration"] for cell in study["cells"]}
    missing = {cell["cell"] for cell in failed}
    return {"cells": len(distinct), "configurations": len(configurations), "seeds": len(study["seeds"]),
            "failed": len(missing)}  # fmt: skip


def _task(study: Row, name: str, everything: bool) -> dict[str, Any]:
    about = study["tasks"][name]
    rows = [r for r in study["scores"] if r["task"] == name and r["metric"] == about["metric"]]
    compared = [r for r in study["comparisons"] if r["task"] == name]
    labels = [r for r in study["labels"] if r["task"] == name]
    return {
        "name": name,
        **about,
        "sentences": [(r["sentence"], _DOTS[r["verdict"]]) for r in _shown(compared)],
        "more": [(r["sentence"], _DOTS[r["verdict"]]) for r in compared if r not in _shown(compared)],
        "comparisons": compared,
        "bars": _bars(study, name, rows),
        "sizes": _sizes(study, name, rows),
        "epochs": _epochs(study, name, everything),
        "matrices": _matrices(study, name, everything),
        "scatters": _scatters(study, name, everything),
        "labels": labels if everything else labels[:_LABELS],
        "more_labels": 0 if everything else max(0, len(labels) - _LABELS),
    }


def _shown(rows: Sequence[Row]) -> list[Row]:
    """What is said on top: all of a few, else what was found and what the largest sizes say."""
    if len(rows) <= _SENTENCES:
        return list(rows)
    last = _last_sizes(rows)
    return [r for r in rows if r["verdict"] in ("helps", "hurts") or r in last]


def _bars(study: Row, task: str, rows: Sequence[Row]) -> list[tuple[str, Any]]:
    """A figure for each condition; with several sizes that of the largest alone, the curves show the others."""
    found = []
    protocols = list(dict.fromkeys(r["protocol"] for r in rows))
    if len(protocols) > 1 and len({r["configuration"] for r in rows}) == 1:
        each = [[r for r in rows if r["protocol"] == protocol][-1] for protocol in protocols]
        drawn = [{**r, "configuration": r["protocol"], "marked": False, "is_baseline": r is each[0]} for r in each]
        return [("", figures.bars(drawn, task, (), any(_leaks(study, protocol) for protocol in protocols)))]
    for protocol in protocols:
        mine = [r for r in rows if r["protocol"] == protocol]
        last = mine[-1]
        mine = [r for r in mine if (r["size"], r["auxiliary_size"]) == (last["size"], last["auxiliary_size"])]
        drawn = [_with_marks(study, r) for r in mine]
        found.append((_where(last), figures.bars(drawn, f"{task} {protocol}", study["mark"], _leaks(study, protocol))))
    return found


def _is_marked(study: Row, row: Row) -> bool:
    about = study["configurations"][row["configuration"]]
    return any(level in study["mark"] for level in (*about["levels"].values(), row["configuration"]))


def _with_marks(study: Row, row: Row) -> dict[str, Any]:
    baseline = study["tasks"][row["task"]]["baseline"]
    return {**row, "marked": _is_marked(study, row), "is_baseline": baseline == row["configuration"]}


def _sizes(study: Row, task: str, rows: Sequence[Row]) -> list[tuple[str, Any]]:
    """Scores by size and by auxiliary size, where these vary."""
    found = []
    for protocol in dict.fromkeys(r["protocol"] for r in rows):
        mine = [
            {**_with_marks(study, r), "place": {k: r[k] for k in ("size", "auxiliary_size")}}
            for r in rows
            if r["protocol"] == protocol
        ]
        for axis in ("size", "auxiliary_size"):
            if len({r[axis] for r in mine}) > 1:
                drawn = curves.by_size(mine, f"{task} {protocol}", axis, _leaks(study, protocol))
                said = ("size" if axis == "size" else "auxiliary size") + (f", {protocol}" if protocol else "")
                found.append((said, drawn))
    return found


def _epochs(study: Row, task: str, everything: bool) -> dict[str, Any]:
    """Scores by epoch: the deciding one, and apart the others and the loss on validation."""
    known = [r for r in study.get("epochs", ()) if r["task"] == task and r["metric"] != "train_loss"]
    known = [r for r in known if any(v is not None for v in r["mean"])]
    found: dict[str, Any] = {"first": [], "more": []}
    shown = [row for mine in conditions(known, everything) for row in mine]
    for mine in conditions(known, everything):
        for metric in dict.fromkeys(r["metric"] for r in mine):
            rows = [_with_marks(study, r) for r in mine if r["metric"] == metric]
            where = _where(rows[0])
            drawn = curves.by_epoch(rows, f"{task} {where}".strip(), _leaks(study, rows[0]["protocol"]))
            found["first" if metric == study["tasks"][task]["metric"] else "more"].append((where, metric, drawn))
    named = "Loss and other scores" if len({metric for _, metric, _ in found["more"]}) > 1 else "Loss"
    return found | {"others": named, "left_out": left_out(known, shown, "curves")}


def _matrices(study: Row, task: str, everything: bool) -> dict[str, Any]:
    """Mean matrices and their differences from the baseline's, of each protocol's last sizes."""
    known = [r for r in study["confusions"] if r["task"] == task]
    most = None if everything else _MATRICES
    shown = [fair(study, mine, most) for mine in conditions(known, everything)]
    drawn = [(_where(mine[0]), [_matrix(study, row) for row in mine]) for mine in shown]
    return {"shown": drawn, "left_out": left_out(known, [row for mine in shown for row in mine], "matrices")}


def _matrix(study: Row, row: Row) -> tuple[str, Any, Any]:
    """A configuration's matrix, and its difference from the baseline's."""
    leaky, title = _leaks(study, row["protocol"]), f"{row['task']} {row['matrix']}: {_titled(row)}"
    less = f"{title} minus {row['baseline']}"
    differs = row["difference"] is not None
    second = figures.difference(row["difference"], row["labels"], less, leaky) if differs else None
    return row["configuration"], figures.matrix(row["mean"], row["labels"], title, leaky), second


def _scatters(study: Row, task: str, everything: bool) -> dict[str, Any]:
    """True and answered numbers under each condition."""
    known = [r for r in study.get("answers", ()) if r["task"] == task and r["reference"]]
    most = None if everything else _SCATTERS
    shown = [fair(study, mine, most) for mine in conditions(known, True)]
    drawn = [
        (
            _where(mine[0]),
            figures.scatters(mine, f"{task} {_where(mine[0])}".strip(), _leaks(study, mine[0]["protocol"])),
        )
        for mine in shown
    ]
    return {"shown": drawn, "left_out": left_out(known, [row for mine in shown for row in mine], "figures of answers")}


def _losses(study: Row) -> list[tuple[str, Any]]:
    """Total loss of the configurations that learn the most targets, under each condition."""
    rows = total_losses(study)
    baselines = {task["baseline"] for task in study["tasks"].values() if task["role"] == "target"}
    found = []
    for where in dict.fromkeys(_where(r) for r in rows):
        mine = [r for r in rows if _where(r) == where]
        drawn = [
            {**r, "marked": _is_marked(study, r), "is_baseline": {r["configuration"]} == baselines,
             "chance": None, "majority": None}
            for r in mine
        ]  # fmt: skip
        leaky = _leaks(study, mine[0]["protocol"])
        found.append((where, figures.bars(drawn, f"total loss {where}".strip(), study["mark"], leaky)))
    return found


def _flattery(study: Row) -> list[tuple[str, Any]]:
    """A figure for each task: what other protocols than the first would have said more."""
    several = len({r["configuration"] for r in study["flattery"]}) > 1
    rows = [{**r, "named": several} for r in _last_sizes(study["flattery"]) if _is_target(study, r)]
    tasks = dict.fromkeys(r["task"] for r in rows)
    return [(task, figures.flattery([r for r in rows if r["task"] == task], task)) for task in tasks]


def _flattered(row: Row) -> str:
    against = row["against"] or "the experiment's own protocol"
    return (
        f"{row['task']}, {row['configuration']}: {row['protocol']} says {row['flatters']:+.3f} beside {against} "
        f"({row['metric']} {row['mean']:.3f} against {row['honest']:.3f})."
    )


def _is_target(study: Row, row: Row) -> bool:
    return bool(study["tasks"][row["task"]]["role"] == "target")


def _last_sizes(rows: Sequence[Row]) -> list[Row]:
    return [r for r in rows if all(r[k] == rows[-1][k] for k in ("size", "auxiliary_size"))]


def _leaks(study: Row, protocol: str) -> bool:
    return bool(study["leaks"].get(protocol))


def _where(row: Row) -> str:
    sizes = [f"{k.replace('_', ' ')} {row[k]}" for k in ("size", "auxiliary_size") if row[k] is not None]
    return ", ".join([row["protocol"], *sizes] if row["protocol"] else sizes)


def _titled(row: Row) -> str:
    return ", ".join(part for part in (row.get("configuration", ""), _where(row)) if part)
