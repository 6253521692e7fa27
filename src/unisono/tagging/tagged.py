"""What tagging gives: the tags of every track, and every file that got none with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from unisono.tasks import Answer, Array, Task


@dataclass(frozen=True, eq=False)
class Tags:
    """A model's answers for one track.

    Args:
        id: the path as it was given or found, or the id of a table's row.
        answers: one a task, in the model's order; auxiliary tasks are not answered.
        scores: task -> one score an output, in the answer's space, calibrated; of a regression the number.
        audio: the sound file; None where the id is its path, or where there is none.
        damage: what is wrong with the sound, of which only a part was heard; "" if nothing is.
        misnamed: what the sound file holds where its name says another format; "" where they agree.
    """

    id: str
    answers: tuple[Answer, ...]
    scores: Mapping[str, Array] = field(repr=False)
    audio: str | None = None
    damage: str = ""
    misnamed: str = ""

    def __getitem__(self, task: str) -> Answer:
        """The answer of one task."""
        for answer in self.answers:
            if answer.task == task:
                return answer
        raise KeyError(task)


@dataclass(frozen=True)
class Skipped:
    """A file or row that got no tags.

    Args:
        id: as in `Tags`.
        reason: what was found but what is needed, without the name.
    """

    id: str
    reason: str


@dataclass(frozen=True)
class Layout:
    """How tags become a table.

    Args:
        wide: one row a track, columns named by task; else one row a track, task and label.
        all_labels: the probability of every label, not only of the ones given.
        half_widths: task -> how far its numbers are off at most; they get a low and a high end, inside their range.
        damage: a column that says what is wrong with a track's sound.
    """

    wide: bool = False
    all_labels: bool = False
    half_widths: Mapping[str, float] = field(default_factory=dict)
    damage: bool = False


LONG = Layout()


@dataclass(frozen=True, eq=False)
class Tagged:
    """The result of a tagging: iterate over it, or look at what was skipped.

    Args:
        tasks: the tasks that were answered.
        tracks: tags in the order of the input.
        skipped: what should have been tagged and could not be, with the reason.
        passed_over: files in folders that are no sound, such as pictures; the paths only.
        in_part: tagged all the same though their sound is damaged, with what is wrong.
        misnamed: tagged by what their sound file holds, though its name says another format.
    """

    tasks: tuple[Task, ...]
    tracks: tuple[Tags, ...]
    skipped: tuple[Skipped, ...] = ()
    passed_over: tuple[str, ...] = ()
    in_part: tuple[Skipped, ...] = ()
    misnamed: tuple[Skipped, ...] = ()

    def __iter__(self) -> Iterator[Tags]:
        return iter(self.tracks)

    def __len__(self) -> int:
        return len(self.tracks)
