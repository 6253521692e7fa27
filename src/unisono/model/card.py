"""The model card: what a model answers, how good it was, and what it was trained on, for people and model hubs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from unisono.model.sureness import PRECISIONS

_ASKED = 0.9  # the precision that the card speaks of
_SHOWN = ("accuracy", "f1_macro", "roc_auc_macro", "average_precision_macro", "r2", "mae", "kl")


def card(facts: Mapping[str, Any]) -> str:
    """README.md of a model folder, with front matter as model hubs read it.

    Args:
        facts: the content of model.json.
    """
    tasks = facts.get("tasks", {})
    scores = facts.get("scores", {}).get("tasks", {})
    lines = [
        "---",
        "library_name: unisono",
        "tags: [music, audio, lyrics, multi-task]",
        "---",
        "",
        "# A unisono model",
        "",
    ]
    lines += [str(facts["description"]), ""] if facts.get("description") else []
    lines += ["## What it answers", "", "| task | kind | answers |", "|---|---|---|"]
    lines += [f"| {_cell(n)} | {t['kind']} | {_answers(t)} |" for n, t in tasks.items() if t.get("role") != "auxiliary"]
    helping = [n for n, t in tasks.items() if t.get("role") == "auxiliary"]
    if helping:
        lines += ["", f"Learned only to help the others, not answered: {', '.join(map(_cell, helping))}."]
    lines += [
        "",
        "## How good it is",
        "",
        _split_sentence(facts),
        "",
        "| task | score | value | chance |",
        "|---|---|---|---|",
    ]
    for name, score in scores.items():
        for metric in _SHOWN:
            if score.get(metric) is not None:
                chance = _number(score.get("chance", {}).get(metric))
                lines.append(f"| {_cell(name)} | {metric} | {score[metric]:.3f} | {chance} |")
    lines += _sure_or_silent(facts)
    lines += ["", "## What it hears and reads", "", "| input | kind |", "|---|---|"]
    lines += [f"| {_cell(n)} | {_heard(i)} |" for n, i in facts.get("inputs", {}).items()]
    lines += ["", "## Use", "", "```", "unisono tag MODEL_FOLDER ~/Music -o tags.csv", "```", ""]
    lines += [f"Signature: `{facts.get('signature', '')}`", ""]
    return "\n".join(lines)


def _sure_or_silent(facts: Mapping[str, Any]) -> list[str]:
    """Which labels `--min-precision` can give, and which never, a row a task."""
    found = facts.get("thresholds", {}).get("tasks", {})
    tasks = {n: t for n, t in found.items() if facts["tasks"].get(n, {}).get("role") != "auxiliary"}
    if not tasks:
        return []
    told = f"With `--min-precision {_ASKED:g}` it gives what so large a share of unseen tracks vouches for, or nothing."
    rows = [f"| {_cell(name)} | {_vouched(one)} |" for name, one in tasks.items()]
    return ["", "## Sure or silent", "", told, "", f"| task | given at {_ASKED:g}; never |", "|---|---|", *rows]


def _vouched(one: Mapping[str, Any]) -> str:
    step = PRECISIONS.index(_ASKED)
    if not one["labels"]:
        width = (one.get("half_widths") or {step: None})[step]
        return "never" if width is None else f"every number, off by {width:.4g} at most"
    tracks = one.get("tracks", {})
    given = [label for label, steps in one["labels"].items() if steps and steps[step] is not None]
    never = [f"{label} ({tracks[label]} tracks)" if label in tracks else label for label in one["labels"]]
    never = [text for text, label in zip(never, one["labels"], strict=True) if label not in given]
    parents = [node for node, steps in one["parents"].items() if steps and steps[step] is not None]
    known = _cell(", ".join([*given, *parents][:30]) or "nothing")
    more = f" and {len(never) - 30} more" if len(never) > 30 else ""
    return f"{known}; never {_cell(', '.join(never[:30]))}{more}" if never else known


def _heard(part: Mapping[str, Any]) -> str:
    """An input's kind, and the pre-trained model that it is of, whose licence goes with what was learned from it."""
    if not part.get("licence"):
        return str(part["kind"])
    named = PurePath(str(part.get("model", ""))).name  # no paths of the machine that it was trained on
    return f"{part['kind']}, begun with the pre-trained {_cell(named)} (licence: {_cell(str(part['licence']))})"


def _split_sentence(facts: Mapping[str, Any]) -> str:
    scores = facts.get("scores", {})
    if not scores:
        return "No held-out scores: it was trained on all tracks."
    leaks = scores.get("leaks") or []
    stamp = f" **Leaky: {'; '.join(leaks)}.**" if leaks else ""
    return f"Scores on {scores.get('split', 'test')} tracks, protocol {scores.get('protocol')}.{stamp}"


def _answers(task: Mapping[str, Any]) -> str:
    if task["kind"] == "regression":
        low, high = task["range"]
        return f"{low:g} to {high:g}"
    names = list(task.get("labels") or task.get("columns") or [])
    return _cell(", ".join(names[:30]) + (f" and {len(names) - 30} more" if len(names) > 30 else ""))


def _number(value: Any) -> str:
    return "" if value is None else f"{value:.3f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
