"""Early stopping: which epoch was best on validation, and when to give up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unisono.errors import ExperimentError, nearest
from unisono.metrics import all_metrics

NOTHING = "nothing"  # the last epoch is kept
_LOWER_IS_BETTER = ("loss", "log_loss", "rmse", "mae", "mse", "kl", "cross_entropy")


@dataclass
class Watch:
    """The best validation value so far.

    Args:
        key: "total", a task's score such as "genre.f1_macro", or "nothing".
        patience: epochs without a better value before stopping; 0 for never.
    """

    key: str
    patience: int
    best: float | None = None
    best_epoch: int = 0
    plateau: int = 0

    def see(self, epoch: int, value: float | None) -> bool:
        """Take note of an epoch's value; True when it is the best so far; while there is none the last one is."""
        if value is None:
            if self.best is None:
                self.best_epoch = epoch
            return self.best is None
        better = self.best is None or (value < self.best if self._lower else value > self.best)
        if better:
            self.best, self.best_epoch = value, epoch
        return better

    def done(self, epoch: int) -> bool:
        """True when patience is at its end."""
        return self.patience > 0 and epoch - self.best_epoch >= self.patience

    def plateaus(self, epoch: int) -> int:
        """How often the rate has to be cut to a tenth by now: once whenever half the patience (or 5) passes in vain."""
        wait = max(self.patience // 2, 1) if self.patience else 5
        if epoch > self.best_epoch and (epoch - self.best_epoch) % wait == 0:
            self.plateau += 1
        return self.plateau

    @property
    def _lower(self) -> bool:
        return self.key == "total" or self.key.rpartition(".")[2] in _LOWER_IS_BETTER


def watched(key: str, total: float | None, scores: Mapping[str, Mapping[str, Any]]) -> float | None:
    """The value that early stopping looks at; None when it is undefined in this epoch."""
    if key == "total":
        return total
    if key == NOTHING:
        return None
    task, _, metric = key.partition(".")
    return scores.get(task, {}).get(metric)


def check_watch(key: str, kinds: Mapping[str, str], where: str = "training.watch") -> None:
    """Refuse a key that names no task, or no score that tasks of its kind may have.

    Args:
        kinds: task -> its kind.
        where: the key to name in messages.
    Raises: ExperimentError with the nearest task or score.
    """
    task, found, metric = key.partition(".")
    if key in ("total", NOTHING):
        return
    if task not in kinds or not found or not metric:
        advice = nearest(task, kinds) or 'Write "total", "nothing" or TASK.SCORE, such as "genre.f1_macro".'
        raise ExperimentError(where, f'"{key}" names no score of the tasks {", ".join(kinds)}', advice)
    check_metric(key, {task: all_metrics(kinds[task])}, where)


def check_metric(key: str, known: Mapping[str, Sequence[str]], where: str = "training.watch") -> None:
    """Refuse a key that names no score of its task.

    Args:
        known: the scores that each task may have.
        where: the key to name in messages.
    Raises: ExperimentError with the nearest score.
    """
    task, _, metric = key.partition(".")
    if task in known and metric not in known[task]:
        found = f'"{key}" names no score of {task}, which are {", ".join(known[task])}'
        raise ExperimentError(where, found, nearest(metric, known[task]))


def unvalidated(key: str, patience: int, schedule: str) -> str:
    """What does nothing without validation tracks, a full sentence; empty where nothing was to look at them.

    Example:
        >>> unvalidated("total", 5, "constant")
        'There are no validation tracks: the last epoch is kept, and patience = 5 does nothing.'
    """
    idle = [f"patience = {patience}"] if patience else []
    idle += [f'watch = "{key}"'] if key not in ("total", NOTHING) else []
    idle += ['schedule = "plateau"'] if schedule == "plateau" else []
    if not idle:
        return ""
    does = "does" if len(idle) == 1 else "do"
    return f"There are no validation tracks: the last epoch is kept, and {' and '.join(idle)} {does} nothing."


def undefined(key: str, scores: Mapping[str, Mapping[str, Any]], patience: int) -> str:
    """That a watched score is undefined, a full sentence; empty where it is not.

    Args:
        scores: of an epoch.
    Example:
        >>> undefined("genre.roc_auc_macro", {"genre": {"accuracy": 1.0}}, 0)
        'genre.roc_auc_macro, which is watched, is undefined in validation: while it is, the last epoch is kept.'
    """
    if key in ("total", NOTHING) or watched(key, None, scores) is not None:
        return ""
    idle = " and patience does nothing" if patience else ""
    return f"{key}, which is watched, is undefined in validation: while it is, the last epoch is kept{idle}."


def unwatched(key: str, targets: Collection[str], labelled: Collection[str], patience: int) -> str:
    """What early stopping will not see, a full sentence; empty where it sees all it looks at.

    Args:
        targets: the target tasks.
        labelled: the tasks with a label in validation.
        patience: of `[training]`.
    Example:
        >>> unwatched("genre.f1_macro", ["genre"], [], 3)
        'No validation track is labelled for genre, which is watched: the last epoch is kept and patience does nothing.'
    """
    if key == NOTHING:
        return ""
    looked = list(targets) if key == "total" else [key.partition(".")[0]]
    blind = [name for name in looked if name not in labelled]
    if not blind:
        return ""
    named = ", ".join(blind)
    if len(blind) < len(looked):
        return f"No validation track is labelled for {named}: the watched total is that of the other tasks."
    idle = " and patience does nothing" if patience else ""
    return f"No validation track is labelled for {named}, which is watched: the last epoch is kept{idle}."
