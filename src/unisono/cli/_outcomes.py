"""What became of the files of a run: counted as they come, kept only as far as it is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from unisono.tagging.silence import Silences
from unisono.tagging.writing import Outcome

DRAWN = 100  # changed fields shown on a terminal


@dataclass
class Ledger:
    """Counts of all files, and the files themselves as far as they are needed, so that memory stays small.

    Args:
        whole: keep every file: a diff or a program wants them all.
        silences: how many tracks got no answer, and why.
        states: how many files came to which state, in the order in which the states first came.
        fields: how many fields changed.
        stays: field -> how many files hold there what an earlier run wrote and this profile does not write.
        kept: every file when whole; else those that were skipped and the first that changed.
    """

    whole: bool
    silences: Silences = field(default_factory=Silences)
    states: Counter[str] = field(default_factory=Counter)
    fields: int = 0
    stays: Counter[str] = field(default_factory=Counter)
    kept: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """One more file."""
        if self.whole or outcome.state == "skipped" or (outcome.changes and self.fields < DRAWN):
            self.kept.append(outcome)
        self.states[outcome.state] += 1
        self.fields += len(outcome.changes)
        self.stays.update(outcome.stays)

    @property
    def skipped(self) -> list[Outcome]:
        """Files that were not written, with their reasons."""
        return [outcome for outcome in self.kept if outcome.state == "skipped"]
