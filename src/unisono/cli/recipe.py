"""Lists the built-in experiments and studies, or shows one."""

from __future__ import annotations

import tomllib
from enum import StrEnum
from typing import Annotated

import typer

from unisono.cli._console import Console
from unisono.cli._options import Json, Quiet
from unisono.errors import ExperimentError, UserError, nearest
from unisono.experiment.toml import recipe_names, recipe_text


class Action(StrEnum):
    """What to do with recipes."""

    list = "list"
    show = "show"


def _completed(incomplete: str) -> list[str]:
    return [name for name in recipe_names() if name.startswith(incomplete)]


def recipe(
    action: Annotated[Action, typer.Argument(help="list all of them, or show one.")] = Action.list,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Which one to show.", autocompletion=_completed)
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """List the built-in experiments and studies, or show one.

    A recipe's name can stand wherever a command takes an experiment file; `show` prints the file, to save and edit it.

    Examples:
      unisono recipe list
      unisono recipe show lyrics-genre > mine.toml
    """
    with Console(as_json, quiet) as console:
        if action is Action.list:
            rows = [(known, _summary(known)) for known in recipe_names()]
            console.table(("recipe", "what it learns"), rows)
            console.result({"recipes": [{"name": known, "summary": summary} for known, summary in rows]})
        elif name is None:
            raise UserError("unisono recipe show", "no name was given", f"Recipes: {', '.join(recipe_names())}.")
        else:
            text = _text(name)
            console.show(text.rstrip("\n"))
            console.result({"name": name, "summary": _summary(name), "toml": text})
    return 0


def _text(name: str) -> str:
    if name not in recipe_names():
        advice = nearest(name, recipe_names()) or f"Recipes: {', '.join(recipe_names())}."
        raise ExperimentError(f'recipe "{name}"', "there is none of this name", advice)
    return recipe_text(name)


def _summary(name: str) -> str:
    return str(tomllib.loads(_text(name)).get("description", ""))
