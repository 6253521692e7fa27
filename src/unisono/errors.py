"""User mistakes: one tree of errors, each a single line that says where, what is wrong and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class UserError(Exception):
    """Something the user can mend; the command line prints it as one line and exits with `status`.

    Args:
        where: the file, row, key or option at fault.
        found: what was found but what is needed, without a full stop.
        advice: what to do about it; a full sentence, may be empty.
        problems: where there are many, each in a sentence; `found` then says how many.
    """

    status = 2

    def __init__(self, where: str, found: str, advice: str = "", problems: Sequence[str] = ()) -> None:
        self.where, self.found, self.advice, self.problems = where, found, advice, tuple(problems)
        super().__init__(where, found, advice, self.problems)

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The message as it is shown: one line, or with problems a heading, a line each, and the advice."""
        head = f"{self.where}: {self.found}"
        if self.problems:
            return [f"{head}:", *(f"  {problem}" for problem in self.problems), *([self.advice] if self.advice else [])]
        return [f"{head}." + (f" {self.advice}" if self.advice else "")]


class TableError(UserError):
    """A table of tracks cannot be used as it stands."""


class ExperimentError(UserError):
    """An experiment or study file is wrong: unknown key, wrong type, impossible combination."""


class AudioError(UserError):
    """A sound file cannot be used: damaged, empty, too large, or not what its header claims."""


class TooShort(UserError):
    """A track holds less than the input needs."""


class LabelError(UserError):
    """The labels of a task cannot be learned as they stand."""


class ModelError(UserError):
    """A model folder is damaged, incomplete or of another version."""


class TrainingError(UserError):
    """Training cannot go on: the loss is not a number, or a checkpoint does not fit."""


class FetchError(UserError):
    """What was to be fetched cannot be had, or is not what it should be."""


class MissingExtra(UserError):
    """An optional dependency is not installed; the message names the extra."""


class DiskFull(UserError):
    """The disk has no room for a file; nothing that was there before is lost."""

    status = 28


class Stopped(UserError):
    """Ctrl-C, with what was done until then and how to go on."""

    status = 130


def nearest(word: str, known: Iterable[str]) -> str:
    """A ready sentence that proposes the known word most like `word`, or an empty text.

    Example:
        >>> nearest("Rcok", ["rock", "jazz"])
        'Did you mean "rock"?'
    """
    by_lower = {k.lower(): k for k in known}
    close = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f'Did you mean "{by_lower[close[0]]}"?' if close else ""
