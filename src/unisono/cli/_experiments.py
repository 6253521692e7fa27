"""The EXPERIMENT argument: a file or a built-in recipe, with `--set`, and how a shell completes it."""

from __future__ import annotations

from typing import Annotated

import typer

from unisono.cli._options import files
from unisono.experiment.toml import recipe_names, recipe_text


def experiments(incomplete: str) -> list[str]:
    """What can stand where an EXPERIMENT is taken: a recipe's name, or a TOML file and the folders on the way to it."""
    return [name for name in recipe_names() if name.startswith(incomplete)] + files(incomplete, ".toml")


def _trainable(incomplete: str) -> list[str]:
    """The same without studies, which only `unisono study` runs."""
    return [one for one in experiments(incomplete) if one not in recipe_names() or "\n[study" not in recipe_text(one)]


Experiment = Annotated[
    str,
    typer.Argument(metavar="EXPERIMENT", help="An experiment file, or a recipe's name.", autocompletion=_trainable),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one key of the experiment; repeat for more."),
]
