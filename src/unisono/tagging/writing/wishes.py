"""Wishes: from a model's answers and a profile to the values that fields shall hold, beside those that they hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from unisono.collection.own_tags import parted
from unisono.tagging.tagged import Tags
from unisono.tagging.writing.comments import added, commented
from unisono.tagging.writing.profiles import Profile
from unisono.tagging.writing.wording import texts_of
from unisono.tasks import Task
from unisono.tasks.fields import Mode

Texts = tuple[str, ...]
_MERGED = ("comment", "grouping")


@dataclass(frozen=True)
class Wish:
    """What the model wants in one field.

    Args:
        mode: what becomes of values that are there.
        texts: task -> its values; an empty one takes back what an earlier run wrote.
    """

    mode: Mode
    texts: Mapping[str, Texts]

    @property
    def values(self) -> Texts:
        """All values, each once."""
        return tuple(dict.fromkeys(text for texts in self.texts.values() for text in texts))


@dataclass(frozen=True)
class Change:
    """One field of one file: what it holds and what it shall hold."""

    field: str
    old: Texts
    new: Texts


@dataclass(frozen=True)
class Decided:
    """What is to be written into one file.

    Args:
        changes: fields that become other ones.
        ours: field -> the values in it that are ours, to be told from the user's by the next run.
        stays: fields that this profile does not write and that still hold what an earlier run wrote.
    """

    changes: tuple[Change, ...]
    ours: Mapping[str, Sequence[str]] = field(default_factory=dict)
    stays: tuple[str, ...] = ()


def wishes_of(tags: Tags, tasks: Sequence[Task], profile: Profile) -> dict[str, Wish]:
    """Field -> wish, for all tasks that the profile writes."""
    found: dict[str, Wish] = {}
    for task in tasks:
        settings = profile.field_of(task)
        for name in settings.field or ():
            mode = settings.mode or ("merge" if name in _MERGED else "keep")
            texts = texts_of(tags[task.name], task, settings, name)
            if name == "comment" and task.kind == "regression" and profile.comment == "mytag":  # brackets name the task
                texts = tuple(f"{task.name.replace('_', ' ').capitalize()} {text}" for text in texts)
            old = found.get(name)
            found[name] = Wish(old.mode if old else mode, {**(old.texts if old else {}), task.name: texts})
    return _with_genre_style(found, profile)


def decide(
    wishes: Mapping[str, Wish], texts: Callable[[str], Texts], earlier: Mapping[str, Sequence[str]], profile: Profile
) -> Decided:
    """Which fields change.

    Args:
        texts: the values that a field holds now.
        earlier: field -> the values that an earlier run of ours wrote.
    """
    changes, ours = list[Change](), dict[str, list[str]]()
    for name, wish in wishes.items():
        old, mine = texts(name), list(earlier.get(name, ()))
        if name == "comment":
            new, mine = _comment(old, wish, mine, profile)
        else:
            new, mine = _values(old, wish, mine)
        if mine:
            ours[name] = mine
        if new != old:
            changes.append(Change(name, old, new))
    kept = {name: list(values) for name, values in earlier.items() if name not in wishes and values}
    stays = tuple(name for name, values in kept.items() if set(values) & set(texts(name)))
    return Decided(tuple(changes), kept | ours, stays)


def earlier_of(texts: Texts) -> dict[str, list[str]]:
    """What an earlier run wrote, from the field in which it said so; nothing when that is unreadable."""
    try:
        read = json.loads(texts[0]) if texts else {}
    except ValueError:
        return {}
    good = isinstance(read, dict) and all(isinstance(v, list) for v in read.values())
    return {str(k): [str(x) for x in v] for k, v in read.items()} if good else {}


def _values(old: Texts, wish: Wish, mine: Sequence[str]) -> tuple[Texts, list[str]]:
    """The new values, and those of them that are ours; a run of another profile may have joined some in one text."""
    joined = [value for value in mine if value not in old]
    there = tuple(part for value in old for part in parted(value, joined)[1])
    theirs = tuple(value for value in there if value not in mine)
    if wish.mode == "append":
        new = tuple(dict.fromkeys((*there, *wish.values)))
        return new, [v for v in new if v not in theirs]
    if wish.mode == "keep" and theirs:
        return old, [v for v in mine if v in there]
    if wish.mode == "overwrite" and wish.values:
        return wish.values, list(wish.values)
    new = tuple(dict.fromkeys((*theirs, *wish.values)))
    return new, [v for v in new if v not in theirs]


def _comment(old: Texts, wish: Wish, mine: Sequence[str], profile: Profile) -> tuple[Texts, list[str]]:
    """The first comment with our block in it; the user's own text stays in every mode."""
    first = old[0] if old else ""
    if wish.mode == "keep" and first and not mine:
        return old, []
    earlier = [] if wish.mode == "append" else mine
    text = commented(first, wish.texts, earlier, profile.comment)
    pieces = added(wish.texts, profile.comment)
    untouched = commented(first, {}, mine, profile.comment)
    ours = [piece for piece in dict.fromkeys([*([] if earlier else mine), *pieces]) if piece not in untouched]
    return ((text, *old[1:]) if text else old[1:]), ours


def _with_genre_style(wishes: dict[str, Wish], profile: Profile) -> dict[str, Wish]:
    """Main genre, subgenre, or both in the genre's field."""
    genre, sub = wishes.get("genre"), wishes.get("subgenre")
    if genre is None or sub is None or profile.genre == "main":
        return wishes
    values = {"sub": sub.values, "main / sub": (" / ".join((*genre.values, *sub.values)),)}.get(
        profile.genre, (*genre.values, *sub.values)
    )
    return wishes | {"genre": Wish(genre.mode, {"genre": tuple(v for v in values if v)})}
