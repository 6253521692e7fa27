"""The tables of a study as CSV, Markdown and LaTeX: the same rows, for programs, pages and papers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unisono.files import commit_bytes

_WHERE = ("protocol", "size", "auxiliary_size")
_COLUMNS = {
    "scores": ("configuration", "task", "metric", "runs", "mean", "deviation", "interval", "chance", "majority"),
    "comparisons": (
        "configuration", "baseline", "task", "metric", "runs", "mean", "baseline_mean", "difference", "interval",
        "effect", "p", "p_holm", "p_wilcoxon", "detectable", "verdict",
    ),
    "flattery": ("against", "configuration", "task", "metric", "honest", "mean", "flatters"),
    "losses": ("configuration", "tasks", "runs", "mean", "deviation", "interval"),
    "selections": ("configuration", "input", "task", "part", "offered", "kept"),
    "cost": (
        "configuration", "runs", "parameters", "seconds", "step_ms", "steps", "epochs", "best_epoch", "together",
        "hearing_s",
    ),
    "labels": (),
    "cells": ("configuration", "seed", "cell", "state", "why"),
}  # fmt: skip
_LONG = ("epochs",)  # written as CSV alone; `epochs-TASK` shows some of it in every form
_SHOWN = (1, 2, 3, 5, 10, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000)  # epochs of `epochs-TASK`
_LATEX = str.maketrans({
    "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "\\": r"\textbackslash{}",
})  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows under columns; `bold` names cells that stand out, by row and column number."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    bold: frozenset[tuple[int, int]] = frozenset()

    @property
    def numeric(self) -> list[bool]:
        """Whether a column holds numbers, or a mean and its deviation."""
        if not self.rows:
            return [False] * len(self.columns)
        return [all(_is_number(v) for v in values) for values in zip(*self.rows, strict=True)]

    def csv(self) -> str:
        """With all digits."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([["" if v is None else v for v in row] for row in self.rows])
        return text.getvalue()

    def markdown(self) -> str:
        """With three decimals.

        Example:
            >>> print(Table(("configuration", "mean"), (("a|b", 0.12345),)).markdown(), end="")
            | configuration | mean |
            |---|---|
            | a\\|b | 0.123 |
        """
        lines = [_joined(self.columns), "|" + "---|" * len(self.columns)]
        for number, row in enumerate(self.rows):
            cells = [_said(v).replace("|", r"\|").replace("\n", " ") for v in row]
            lines.append(_joined([f"**{c}**" if (number, at) in self.bold else c for at, c in enumerate(cells)]))
        return "\n".join(lines) + "\n"

    def latex(self) -> str:
        """A tabular with three decimals; needs no package.

        Example:
            >>> print(Table(("f1_macro",), ((0.5,),)).latex(), end="")
            \\begin{tabular}{r}
            \\hline
            f1\\_macro \\\\
            \\hline
            0.500 \\\\
            \\hline
            \\end{tabular}
        """
        sides = "".join("r" if numeric else "l" for numeric in self.numeric)
        lines = [rf"\begin{{tabular}}{{{sides}}}", r"\hline"]
        lines += [" & ".join(c.translate(_LATEX) for c in self.columns) + r" \\", r"\hline"]
        for number, row in enumerate(self.rows):
            cells = [_said(v).translate(_LATEX).replace("±", r"$\pm$") for v in row]
            cells = [rf"\textbf{{{c}}}" if (number, at) in self.bold else c for at, c in enumerate(cells)]
            lines.append(" & ".join(cells) + r" \\")
        return "\n".join([*lines, r"\hline", r"\end{tabular}"]) + "\n"


def tables_of(study: Mapping[str, Any]) -> dict[str, Table]:
    """Every table of a study by name; empty ones and columns that say nothing are left out."""
    found = {"overview": overview(study)}
    for name, columns in _COLUMNS.items():
        rows = study.get(name, ())
        if rows:
            found[name] = _table(rows, columns or _all_columns(rows))
    for task in study["tasks"]:
        found[f"f1-{task}"] = by_label(study, task)
        found[f"epochs-{task}"] = by_epoch(study, task)
    found["epochs"] = _every_epoch(study)
    return {name: table for name, table in found.items() if table.rows}


def by_label(study: Mapping[str, Any], task: str) -> Table:
    """Configurations by labels, as papers print it: the mean F1 of each label and of all; empty for numbers."""
    rows = [r for r in study["labels"] if r["task"] == task and "f1" in r]
    labels = list(dict.fromkeys(r["label"] for r in rows))
    keys = list(dict.fromkeys(_key(r) for r in rows))
    known = {(*_key(r), r["label"]): r["f1"] for r in rows}
    whole = {_key(r): r["mean"] for r in study["scores"] if (r["task"], r["metric"]) == (task, "f1_macro")}
    shown = [at for at, name in enumerate(_WHERE) if any(key[at] not in (None, "") for key in keys)]
    columns = (*(_WHERE[at] for at in shown), "configuration", *labels, *(["mean"] if whole else []))
    lines = []
    for key in keys:
        values = [known.get((*key, label)) for label in labels] + ([whole.get(key)] if whole else [])
        lines.append((*(key[at] for at in shown), key[-1], *values))
    return Table(columns, tuple(lines))


def by_epoch(study: Mapping[str, Any], task: str) -> Table:
    """Configurations by epochs: means of the deciding score on validation at some epochs, and at the last one."""
    metric = study["tasks"][task]["metric"]
    rows = [r for r in study.get("epochs", ()) if (r["task"], r["metric"]) == (task, metric)]
    last = max((len(r["mean"]) for r in rows), default=0)
    epochs = [*(e for e in _SHOWN if e < last), *([last] if last else [])]
    shown = [name for name in _WHERE if any(r[name] not in (None, "") for r in rows)]
    lines = [
        (*(r[name] for name in shown), r["configuration"],
         *(r["mean"][e - 1] if e <= len(r["mean"]) else None for e in epochs))
        for r in rows
    ]  # fmt: skip
    return Table((*shown, "configuration", *(f"epoch {e}" for e in epochs)), tuple(lines))


def _every_epoch(study: Mapping[str, Any]) -> Table:
    numbers = ("runs", "mean", "low", "high")
    where = (*_WHERE, "configuration", "task", "metric")
    lines = [
        (*(r[name] for name in where), epoch, *values)
        for r in study.get("epochs", ())
        for epoch, *values in zip(range(1, len(r["mean"]) + 1), *(r[key] for key in numbers), strict=True)
    ]
    return Table((*where, "epoch", *numbers), tuple(lines))


def total_losses(study: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The total losses that may be compared: of configurations that learn as many targets as the widest, several."""
    rows = study.get("losses", ())
    most = max((row["tasks"] for row in rows), default=0)
    return [row for row in rows if row["tasks"] == most > 1]


def overview(study: Mapping[str, Any]) -> Table:
    """Configurations by tasks as papers print it: mean ± deviation of the deciding score; bold: it helps.

    Beside them the total loss of those that learn the most targets, where there are several.
    """
    tasks = {n: t for n, t in study["tasks"].items() if t["role"] == "target"}
    deciding = [r for r in study["scores"] if r["task"] in tasks and r["metric"] == tasks[r["task"]]["metric"]]
    helps = {(*_key(r), r["task"]) for r in study["comparisons"] if r["verdict"] == "helps"}
    keys = list(dict.fromkeys(_key(row) for row in deciding))
    shown = [at for at, name in enumerate(_WHERE) if any(key[at] not in (None, "") for key in keys)]
    known = {(*_key(row), row["task"]): row for row in deciding}
    losses = {_key(row): row for row in total_losses(study)}
    rows, bold = [], set()
    for number, key in enumerate(keys):
        cells = [_spread(known.get((*key, task))) for task in tasks]
        bold |= {(number, len(shown) + 1 + at) for at, task in enumerate(tasks) if (*key, task) in helps}
        loss = [_spread(losses.get(key))] if losses else []
        rows.append((*(key[at] for at in shown), key[-1], *cells, *loss))
    columns = (*(_WHERE[at].replace("_", " ") for at in shown), "configuration")
    scored = (*(f"{n} ({t['metric']})" for n, t in tasks.items()), *(["total loss"] if losses else []))
    return Table((*columns, *scored), tuple(rows), frozenset(bold))


def write_tables(study: Mapping[str, Any], folder: Path) -> None:
    """Write every table three times, the longest ones as CSV alone."""
    for name, table in tables_of(study).items():
        forms = {"csv": table.csv} if name in _LONG else {"csv": table.csv, "md": table.markdown, "tex": table.latex}
        for suffix, text in forms.items():
            commit_bytes(folder / f"{name}.{suffix}", text().encode("utf-8", "replace"))


def _table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Table:
    where = [c for c in _WHERE if any(row.get(c) not in (None, "") for row in rows)]
    wide = [*where, *(c for c in columns if c not in where)]
    named: list[str] = []
    for column in wide:
        named += ["low", "high"] if column == "interval" else [column]
    made = []
    for row in rows:
        cells: list[Any] = []
        for column in wide:
            cells += (row["interval"] or [None, None]) if column == "interval" else [row.get(column)]
        made.append(tuple(cells))
    return Table(tuple(named), tuple(made))


def _all_columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [c for c in dict.fromkeys(c for row in rows for c in row) if c not in _WHERE]


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (*(row[name] for name in _WHERE), row["configuration"])


def _spread(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return ""
    return f"{row['mean']:.3f}" + (f" ± {row['deviation']:.3f}" if row["deviation"] is not None else "")


def _said(value: Any) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _is_number(value: Any) -> bool:
    return value is None or isinstance(value, int | float) or value == "" or (isinstance(value, str) and " ± " in value)


def _joined(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
