"""One self-contained HTML page from a run folder."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import jinja2

from unisono.evaluation import judged
from unisono.files import commit_bytes
from unisono.report import figures
from unisono.report.conflicts import conflict_matrix, conflicts_over_time
from unisono.report.folder import RunFiles, read_run
from unisono.report.mistakes import confusions, worst
from unisono.report.network import picture
from unisono.report.scoreboard import headline, lines
from unisono.report.sure import sure_part
from unisono.report.wording import number, percent, verdict

_SHORT = {
    "roc_auc": "ROC",
    "average_precision": "AP",
    "precision": "precision",
    "f1": "F1",
    "support": "has it",
    "n": "known",
    "threshold": "from",
}
_PARTS = ("train", "validation", "calibration", "test", "dropped")
_TEMPLATES = Path(__file__).parent / "templates"


def write_report(run_folder: Path) -> Path:
    """(Re)make `report.html` of a run from its files.

    Args:
        run_folder: with scores.json and predictions.parquet; what else is there is shown too.
    Raises: TrainingError when it is no finished run; TableError when the predictions are damaged.
    """
    folder = Path(run_folder)
    path = folder / "report.html"
    commit_bytes(path, render(read_run(folder)).encode("utf-8", "replace"))
    return path


def render(run: RunFiles) -> str:
    """The page's text. Every text that comes from a file is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "percent": percent}
    names = list(run.tasks)
    return environment.get_template("run.html").render(
        run=run,
        version=metadata.version("unisono"),
        style=(_TEMPLATES / "run.css").read_text("utf-8"),
        short=_SHORT,
        facts=_facts(run.experiment),
        parts=[p for p in _PARTS if p != "calibration" or any(p in counts for counts in run.parts.values())],
        tasks=[_task(run, name, scores) for name, scores in run.tasks.items()],
        curves=figures.learning_curves(run.history, names),
        weights=figures.weights_over_time(run.history, names),
        conflicts=conflict_matrix(run.history, names),
        conflicts_by_epoch=conflicts_over_time(run.history, names),
        epochs=_epochs(run),
        folds=run.scores.get("folds", ()),
        network=None if run.network is None else picture(run.network),
    )


def _task(run: RunFiles, name: str, scores: Mapping[str, Any]) -> dict[str, Any]:
    one = judged(run.predictions, name)
    shown, value, bar = headline(scores)
    curve = scores.get("calibration")
    return {
        "name": name,
        "scores": scores,
        "verdict": verdict(scores),
        "headline": {"name": shown, "value": value, "bar": bar},
        "excerpts": _excerpts(scores),
        "lines": lines(name, scores, list(run.scores.get("folds", ()))),
        "prefix": "per_class." if scores["kind"] == "multiclass" else "per_label.",
        "details": scores.get("per_class") or scores.get("per_label") or {},
        "confusion": _confusion(run, name, scores),
        "levels": _levels(run, name, scores),
        "confusions": confusions(scores),
        "scatter": figures.scatter(name, one, scores.get("levels", ()), run.leaky)
        if scores["kind"] == "regression" and scores["n"]
        else None,
        "reliability": None if curve is None else figures.reliability(name, curve, run.leaky),
        "ece": None if curve is None else curve["ece"],
        "sure": sure_part(name, scores.get("sure"), run.leaky),
        "mistakes": worst(scores["kind"], one),
        "undefined": {metric: why for metric, why in scores["undefined"].items() if "." not in metric},
    }


def _excerpts(scores: Mapping[str, Any]) -> dict[str, Any] | None:
    """The headline score of single excerpts, where tracks have several."""
    found = scores.get("excerpts")
    if not found:
        return None
    shown, value, _ = headline({"kind": scores["kind"], **found})
    return {"n": found["n"], "name": shown, "value": value}


def _confusion(run: RunFiles, name: str, scores: Mapping[str, Any]) -> Any:
    if not scores["n"] or not scores.get("confusion_matrix"):
        return None
    return figures.confusion(name, scores["confusion_matrix"], scores["labels"], run.leaky)


def _levels(run: RunFiles, name: str, scores: Mapping[str, Any]) -> Any:
    matrix = scores.get("level_confusion_matrix")
    if not matrix or not scores["n"]:
        return None
    return figures.confusion(f"{name} levels", matrix, [f"{level:g}" for level in scores["levels"]], run.leaky)


def _epochs(run: RunFiles) -> str:
    """How long it learned, in words."""
    folds: dict[Any, list[dict[str, Any]]] = {}
    for line in run.history:
        folds.setdefault(line.get("fold", 0), []).append(line)
    ends = [(lines[-1]["epoch"], [one["epoch"] for one in lines if one.get("best")]) for lines in folds.values()]
    kept = [f"{best[-1]} of {last}" for last, best in ends if best]
    if len(kept) <= 1:
        return "".join(f"epoch {one} was kept" for one in kept)
    return f"epochs {', '.join(kept)} were kept, by fold"


def _facts(experiment: Mapping[str, Any]) -> dict[str, str]:
    """What was learned from what, for the table on top; only what the experiment file says."""
    collection, network = experiment.get("collection", {}), experiment.get("network", {})
    inputs = experiment.get("inputs", {})
    said = {
        "collection": collection.get("table") or collection.get("folder") or collection.get("dataset"),
        "grouped by": ", ".join(_as_list(collection.get("groups"))),
        "same song": " + ".join(_as_list(collection.get("song"))),
        "inputs": ", ".join(f"{name} ({one.get('kind', '?')})" for name, one in inputs.items()),
        "encoder": _encoder(network),
        "sharing": _sharing(network.get("sharing"), inputs),
        "balancing": experiment.get("balancing", {}).get("method"),
    }
    return {name: str(value) for name, value in said.items() if value}


def _encoder(network: Mapping[str, Any]) -> str:
    encoder, several = network.get("encoder"), network.get("encoders", {})
    if isinstance(encoder, Mapping):
        return str(encoder.get("kind", ""))
    return str(encoder or ", ".join(f"{name}: {one.get('kind', '?')}" for name, one in several.items()))


def _sharing(value: Any, inputs: Mapping[str, Any]) -> str:
    """A short form, the rows of a grid, a kind with its settings, or one of these an input."""
    if not isinstance(value, Mapping):
        return ", ".join(_row(row) for row in ([value] if isinstance(value, str) else value or ()))
    if value and value.keys() <= inputs.keys():
        return "; ".join(f"{name}: {_sharing(one, {})}" for name, one in value.items())
    rows = [_sharing(value["rows"], {})] if "rows" in value else []
    said = [f"{key} {_row(one)}" for key, one in value.items() if key not in ("kind", "rows")]
    return f"{value.get('kind', '?')}" + (f" ({', '.join([*rows, *said])})" if rows or said else "")


def _row(value: Any) -> str:
    """A row of a grid, or a setting: groups of tasks as "genre + mood | energy"."""
    if not isinstance(value, list):
        return str(value)
    if not any(isinstance(one, list) for one in value):
        return " ".join(map(str, value))
    return " | ".join(" + ".join(map(str, one)) if isinstance(one, list) else str(one) for one in value)


def _as_list(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else [str(one) for one in value]
