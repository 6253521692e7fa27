"""Silence, counted: how many tracks got no answer of each task because nobody vouches for one, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from unisono.model.sureness import POSITIVES, Limits
from unisono.tagging.tagged import Tags
from unisono.tasks import Answer

UNSURE, NEVER, FEW, NOTHING = "not sure enough", "no threshold", "too few tracks", "no label stated"
_SHOWN = 4  # labels that are named in a line


@dataclass
class Silence:
    """What became of one task's answers.

    Args:
        answered: tracks with an answer.
        why: reason -> tracks without one.
        labels: reason -> label that was withheld -> tracks without an answer for it.
    """

    answered: int = 0
    why: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def silent(self) -> int:
        """Tracks without an answer."""
        return self.why.total()


class Silences:
    """Counts answers and silence as tracks are tagged, for all tasks that have limits.

    Args:
        limits: of a tagger that gives only what is sure; None counts nothing.
    """

    def __init__(self, limits: Mapping[str, Limits] | None = None) -> None:
        self._limits = limits or {}
        self.tasks: dict[str, Silence] = {}

    def add(self, tags: Tags) -> None:
        """One more track."""
        for answer in tags.answers:
            if answer.task in self._limits:
                self._count(answer, self._limits[answer.task], self.tasks.setdefault(answer.task, Silence()))

    def lines(self) -> Iterator[str]:
        """What was withheld and why, a line a task; last what can be done about it."""
        reasons = Counter[str]()
        for name, one in self.tasks.items():
            reasons += one.why
            told = f"{name}: {one.answered:,} of {one.answered + one.silent:,} tracks answered"
            parts = [self._told(name, reason, one) for reason in one.why]
            yield f"{told}, {one.silent:,} left silent: {'; '.join(parts)}" if parts else told
        if reasons[FEW]:
            yield (
                f"Fewer than {POSITIVES} tracks of a label vouch for nothing: label more of them, "
                "or train with folds = 5 under [split], where every labelled track vouches."
            )
        if reasons[UNSURE] or reasons[NEVER]:
            yield "Who asks for less hears more: a lower --min-precision. More labelled tracks make a model surer."

    def records(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            name: {
                "answered": one.answered,
                "silent": one.silent,
                "why": {reason: {"tracks": n, "labels": dict(one.labels[reason])} for reason, n in one.why.items()},
            }
            for name, one in self.tasks.items()
        }

    def _count(self, answer: Answer, limits: Limits, into: Silence) -> None:
        if not answer.unsure:
            into.answered += 1
            return
        by_reason: dict[str, list[str]] = {}
        for withheld in answer.withheld:
            by_reason.setdefault(reason_of(withheld.label, limits), []).append(withheld.label)
        reason = next((one for one in (UNSURE, NEVER, FEW) if one in by_reason), NOTHING)
        into.why[reason] += 1
        into.labels.setdefault(reason, Counter()).update(by_reason.get(reason, ()))

    def _told(self, task: str, reason: str, one: Silence) -> str:
        named = [label for label, _ in one.labels[reason].most_common() if label]
        if reason == UNSURE or not named:
            return f"{one.why[reason]:,} {_WORDS[reason]}"
        tracks = self._limits[task].tracks
        counts = [f"{label} ({tracks[label]:,})" if label in tracks and reason == FEW else label for label in named]
        more = f" and {len(counts) - _SHOWN:,} more" if len(counts) > _SHOWN else ""
        return f"{one.why[reason]:,} {_WORDS[reason]}: {', '.join(counts[:_SHOWN])}{more}"


def reason_of(label: str, limits: Limits) -> str:
    """Why a label was withheld."""
    if limits.labels.get(label) is not None or (limits.half_width is not None and not limits.labels):
        return UNSURE
    return FEW if limits.tracks.get(label, POSITIVES) < POSITIVES else NEVER


_WORDS = {
    UNSURE: UNSURE,
    NEVER: "for which no threshold is high enough",
    FEW: f"without a threshold, for fewer than {POSITIVES} tracks could vouch",
    NOTHING: "where no label was likely, which nobody vouches for",
}
