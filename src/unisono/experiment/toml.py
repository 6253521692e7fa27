"""TOML files in and out, and `--set key=value`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from unisono.errors import ExperimentError, nearest

_ROW = "[[{}]]"  # header of one of several tables
_TABLES = (".csv", ".tsv", ".tab", ".parquet", ".jsonl", ".ndjson")
# what is given with --set is relative to where the user stands
_PATH_KEYS = ("table", "folder", "file", "audio_root", "rekordbox", "beets", "model")


def recipe_names() -> tuple[str, ...]:
    """Names of the built-in experiments and studies."""
    folder = resources.files("unisono").joinpath("recipes")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def recipe_text(name: str) -> str:
    """The TOML text of a built-in recipe."""
    return resources.files("unisono").joinpath("recipes", f"{name}.toml").read_text("utf-8")


def load_toml(path_or_recipe: str | Path) -> tuple[dict[str, Any], str, Path]:
    """Read a TOML file or a built-in recipe.

    Returns: its tables, its name for messages, and the folder that its relative paths start from (for a recipe the
        current one).
    Raises: ExperimentError when there is no such file or recipe, or it is not TOML, such as a table.
    """
    path, name = Path(path_or_recipe), str(path_or_recipe)
    if name in recipe_names() and not path.is_file():
        return tomllib.loads(recipe_text(name)), name, Path.cwd()
    if path.is_dir() and (path / "experiment.toml").is_file():
        path = path / "experiment.toml"
    if path.is_file() and path.suffix.lower() in _TABLES:
        advice = f"Write one with: unisono inspect {name} --write-experiment mine.toml"
        raise ExperimentError(name, "is a table but an experiment is needed", advice)
    if not path.is_file():
        known = recipe_names()
        advice = nearest(name, known) or f"Built-in recipes: {', '.join(known)}."
        raise ExperimentError(name, "is neither a file nor a built-in recipe", advice)
    try:
        return tomllib.loads(path.read_text("utf-8")), str(path), path.resolve().parent
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        twice = any(word in str(error) for word in ("overwrite", "twice", "Duplicate"))
        advice = "A name stands twice there: rename or remove one." if twice else "See https://toml.io."
        raise ExperimentError(str(path), f"is not valid TOML: {error}", advice) from error


def with_overrides(tables: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """A copy of the tables with each "a.b=value" set; no TOML is a string; `a.0.b` is in a list's first.

    Example:
        >>> with_overrides({"training": {"epochs": 3}}, ["training.epochs=5", "collection.table=a.csv"])
        {'training': {'epochs': 5}, 'collection': {'table': 'a.csv'}}
    """
    result: dict[str, Any] = json.loads(json.dumps(tables, default=str))
    for override in overrides:
        key, found, text = override.partition("=")
        if not found or not key.strip():
            raise ExperimentError(f"--set {override}", "has no key=value", "Write for example --set training.epochs=5.")
        *tables_of, last = key.strip().split(".")
        inside: Any = result
        for name in tables_of:
            inside = inside[_at(inside, name, override)] if isinstance(inside, list) else inside.setdefault(name, {})
            if not isinstance(inside, dict | list):
                raise ExperimentError(f"--set {override}", f'"{name}" is a value but a table is needed')
        inside[_at(inside, last, override)] = _value(last, text.strip())
    return result


def _at(inside: dict[str, Any] | list[Any], name: str, override: str) -> Any:
    """What stands for a name: itself in a table, a number in a list."""
    if isinstance(inside, dict):
        return name
    if not name.isdecimal() or int(name) >= len(inside):
        found = f'"{name}" is none of the {len(inside)} entries of a list'
        raise ExperimentError(f"--set {override}", found, "Write their number, from 0.")
    return int(name)


def dump_toml(tables: Mapping[str, Any]) -> str:
    """Nested tables as TOML text; None values are left out.

    Example:
        >>> print(dump_toml({"training": {"epochs": 5}, "tasks": {"genre": {"kind": "multiclass"}}}), end="")
        [training]
        epochs = 5
        <BLANKLINE>
        [tasks.genre]
        kind = "multiclass"
    """
    return "\n".join(_table_lines("", tables)).strip() + "\n"


def _value(key: str, text: str) -> Any:
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    if key in _PATH_KEYS and isinstance(value, str) and Path(value).exists():
        return str(Path(value).resolve())
    return value


def _table_lines(prefix: str, table: Mapping[str, Any], header: str = "[{}]") -> list[str]:
    given = {k: v for k, v in table.items() if v is not None}
    nested = {k: v for k, v in given.items() if isinstance(v, Mapping)}
    rows = {k: v for k, v in given.items() if _is_tables(v)}
    lines = [f"{_key(k)} = {_text(v)}" for k, v in given.items() if k not in nested and k not in rows]
    if prefix and (lines or not (nested or rows) or header == _ROW):
        lines = ["", header.format(prefix), *lines]
    for name, inner in nested.items():
        lines += _table_lines(f"{prefix}.{_key(name)}" if prefix else _key(name), inner)
    for name, inners in rows.items():
        for inner in inners:
            lines += _table_lines(f"{prefix}.{_key(name)}" if prefix else _key(name), inner, _ROW)
    return lines


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else json.dumps(name, ensure_ascii=False)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_text(v)}" for k, v in value.items() if v is not None) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(v) for v in value) + "]"
    return json.dumps(str(value), ensure_ascii=False)
