"""What a study file says beside its experiment: `[study]` and `[factors.NAME]`."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from unisono.parts import Settings

Size = Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, le=1)]
Protocol = Literal[
    "grouped", "songs", "random", "published", "select_on_test", "fit_on_all", "copies_cross", "excerpts_cross",
    "shuffled",
]  # fmt: skip


class StudySettings(Settings):
    """The `[study]` table of a study file.

    Args:
        experiment: the experiment that all configurations start from: a file, relative to this one, or a recipe.
        baseline: the configuration that the others are compared with, or one for each task; default: the first that
            learns a task.
        seeds: how many (0, 1, 2 ...), or which.
        sizes: numbers of training tracks with a target's label, or shares of them; empty: all.
        auxiliary_sizes: the same of tracks with an auxiliary task's label, varied for itself; empty: auxiliary labels
            are those of the tracks that `sizes` keeps.
        protocols: how tracks are parted, see docs/study.md; empty: as the experiment says.
        metrics: task -> the score that decides; default: the first of its kind's.
        also: task -> further scores that tables show; "excerpts." before a name is that of single excerpts.
        chosen: name -> configurations of which, seed by seed, the one that is best on validation counts.
        together: name -> levels of one factor, each learning tasks of its own: beside the others they count as one
            configuration of this name, with all their tasks, the sum of their losses and of their cost.
        exclude: combinations of levels that are left out, such as {auxiliary = "none", sharing = ["low", "high"]}.
        mark: levels that figures mark, such as those with augmentation.
        epochs: "own", or "pilot": each configuration learns as long as its pilot runs were best on average, and the
            last epoch is kept.
        pilots: number of pilot runs, with seeds of their own.
        patience: epochs without a better validation score after which a pilot run stops.
        gradients: steps between two looks at how much the tasks' gradients agree; 0 for none.
        groups: how many groups of tasks to suggest from what was seen; 0 for none.
        at_once: seeds of a configuration learn as one batched program where its networks are small, see docs/study.md.
        keep: the "runs" of all cells, or only their "results".
    """

    experiment: str | None = None
    baseline: str | dict[str, str] | None = None
    seeds: Annotated[int, Field(ge=1)] | tuple[Annotated[int, Field(ge=0)], ...] = 10
    sizes: tuple[Size, ...] = ()
    auxiliary_sizes: tuple[Size, ...] = ()
    protocols: tuple[Protocol, ...] = ()
    metrics: dict[str, str] = {}
    also: dict[str, tuple[str, ...]] = {}
    chosen: dict[str, tuple[str, ...]] = {}
    together: dict[str, tuple[str, ...]] = {}
    exclude: tuple[dict[str, str | tuple[str, ...]], ...] = ()
    mark: tuple[str, ...] = ()
    epochs: Literal["own", "pilot"] = "own"
    pilots: int = Field(default=5, ge=1)
    patience: int = Field(default=3, ge=1)
    gradients: int = Field(default=0, ge=0)
    groups: int = Field(default=0, ge=0)
    at_once: bool = True
    keep: Literal["runs", "results"] = "runs"

    @model_validator(mode="after")
    def _every_seed_once(self) -> Self:
        for name in ("sizes", "auxiliary_sizes", "protocols", "seeds"):
            given = getattr(self, name)
            if isinstance(given, tuple) and len(set(given)) < len(given):
                raise ValueError(f"{name} names something twice")
        if self.seeds == ():
            raise ValueError("seeds is empty but a study needs one at least")
        return self

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """Every seed."""
        return tuple(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds


class FactorSettings(Settings):
    """One factor: levels by name, each a table of changes, or the values of one key.

    Args:
        levels: name -> tables of the experiment that are different; `tasks = [...]` keeps only these tasks, `remove`
            takes keys out.
        key: a dotted key of the experiment.
        values: what the key is set to, a level each.
    """

    levels: dict[str, dict[str, Any]] = {}
    key: str | None = None
    values: tuple[Any, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.key is None) != (not self.values) or (self.key is None) == (not self.levels):
            raise ValueError("a factor needs either levels (each a table of changes), or key and values")
        said = [_said(value) for value in self.values]
        twice = next((one for at, one in enumerate(said) if one in said[:at]), None)
        if twice is not None:
            raise ValueError(f'values says "{twice}" twice but each level needs a name of its own')
        return self

    def changes(self) -> dict[str, dict[str, Any]]:
        """Level -> its table of changes.

        Example:
            >>> FactorSettings(key="training.epochs", values=(3, 5)).changes()["5"]
            {'training': {'epochs': 5}}
        """
        if self.key is None:
            return self.levels
        return {_said(value): _nested(self.key, value) for value in self.values}


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_said(one) for one in value)
    return str(value)


def _nested(key: str, value: Any) -> dict[str, Any]:
    first, _, rest = key.partition(".")
    return {first: _nested(rest, value) if rest else value}
