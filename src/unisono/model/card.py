"""The model card: what a model answers, how good it was, and what it was trained on, for people and model hubs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    lines += ["", "## What it hears and reads", "", "| input | kind |", "|---|---|"]
    lines += [f"| {_cell(n)} | {i['kind']} |" for n, i in facts.get("inputs", {}).items()]
    lines += ["", "## Use", "", "```", "unisono tag MODEL_FOLDER ~/Music -o tags.csv", "```", ""]
    lines += [f"Signature: `{facts.get('signature', '')}`", ""]
    return "\n".join(lines)


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
