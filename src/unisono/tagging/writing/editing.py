"""Editing one file: what would change, and a copy in which exactly that is changed and nothing else."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from unisono.tagging.writing.anatomy import Anatomy, Container, Damaged, Style
from unisono.tagging.writing.forms.names import FFMPEG, ONE_TEXT, PROVENANCE
from unisono.tagging.writing.opening import container_of
from unisono.tagging.writing.profiles import Profile
from unisono.tagging.writing.readback import read_back
from unisono.tagging.writing.wishes import Decided, Texts, Wish, decide, earlier_of

_MAY_APPEAR = {"vendor", "reserved"}  # pieces that a file without a tag has not


class Unverified(Exception):
    """A copy that is not what it should be; the original stays. The message says what would have changed."""


@dataclass(frozen=True)
class Patient:
    """An opened file, taken apart."""

    container: Container
    anatomy: Anatomy
    style: Style

    def texts(self, field: str) -> Texts:
        """The values that a field holds; a text in which several were joined is split again."""
        return self.split(field, self.container.texts(self.anatomy, field, self.style))

    def held(self, field: str) -> Texts:
        """The values of a field, for a comment also where ffmpeg keeps it."""
        return self.texts(field) or (self.texts(FFMPEG)[:1] if field == "comment" else ())

    def split(self, field: str, texts: Sequence[str]) -> Texts:
        """Values as this file keeps them apart: where it joins them, a separator inside one parts it."""
        form = self.anatomy.form or f"id3-{self.style.id3}"
        if field in (*ONE_TEXT, *PROVENANCE) or not (self.style.single or form == "id3-2.3"):
            return tuple(texts)
        return tuple(part for text in texts for part in text.split(self.style.separator) if part)

    def holds(self, field: str) -> bool:
        """Whether this kind of file has a place for a field."""
        return bool(self.container.keys(self.anatomy, field, self.style))


def examined(stream: BinaryIO, profile: Profile) -> Patient:
    """Take a file apart.

    Raises: Damaged, Unsupported.
    """
    container = container_of(stream)
    return Patient(container, container.anatomy(stream), profile.style)


def decided(patient: Patient, wishes: Mapping[str, Wish], profile: Profile) -> Decided:
    """What is to be changed in a file, and what of it is ours."""
    possible = {
        name: Wish(wish.mode, {task: patient.split(name, texts) for task, texts in wish.texts.items()})
        for name, wish in wishes.items()
        if patient.holds(name)
    }
    return decide(possible, patient.held, earlier_of(patient.texts("fields")), profile)


def fields_of(what: Decided, model: str, date: str) -> dict[str, Texts]:
    """The fields to write: what changes, and what tells our values from the user's."""
    ours = {name: list(values) for name, values in what.ours.items() if values}
    told: dict[str, Texts] = dict.fromkeys(PROVENANCE, ())
    if ours:
        text = json.dumps(ours, ensure_ascii=False, separators=(",", ":"))
        told = {"model": (model,), "date": (date,), "fields": (text,)}
    return {change.field: change.new for change in what.changes} | told


def edit(source: BinaryIO, target: BinaryIO, before: Patient, fields: Mapping[str, Sequence[str]]) -> None:
    """Write the changed copy and check it against the original.

    Raises: Unverified, Damaged, Unsupported.
    """
    before.container.edit(source, target, fields, before.style)
    target.flush()
    try:
        after = Patient(before.container, before.container.anatomy(target), before.style)
    except Damaged as error:
        raise Unverified(f"what would be written is damaged: {error}") from error
    _check_kept(before, after, list(fields))
    for name, values in fields.items():
        if after.texts(name) != tuple(values):
            raise Unverified(f"the field {name} would not hold what it should")
    _check_read(target, after, fields)


def _check_kept(before: Patient, after: Patient, fields: Sequence[str]) -> None:
    """Sound, structure and every entry that is not ours: byte for byte as before."""
    if after.anatomy.sound != before.anatomy.sound:
        raise Unverified("the sound would change")
    changed = {k for k, v in before.anatomy.rest.items() if after.anatomy.rest.get(k) != v}
    changed |= set(after.anatomy.rest) - set(before.anatomy.rest) - _MAY_APPEAR
    if changed:
        raise Unverified(f"another part of the file would change: {sorted(changed)[0]}")
    if before.anatomy.form and after.anatomy.form != before.anatomy.form:
        raise Unverified(f"the tag would become {after.anatomy.form} from {before.anatomy.form}")
    lost = Counter(_theirs(before, fields)) - Counter(_theirs(after, fields))
    new = Counter(_theirs(after, fields)) - Counter(_theirs(before, fields))
    if lost or new:
        raise Unverified(f"{next(iter(lost or new))[0]} would change, which is not ours")


def _theirs(patient: Patient, fields: Sequence[str]) -> list[tuple[str, bytes]]:
    ours = {key for field in fields for key in patient.container.keys(patient.anatomy, field, patient.style)}
    return [(item.key, item.raw) for item in patient.anatomy.items if item.key not in ours]


def _check_read(target: BinaryIO, after: Patient, fields: Mapping[str, Sequence[str]]) -> None:
    """mutagen finds our texts too; ratings are numbers of each form's own and are compared as such above."""
    keys = {name: after.container.keys(after.anatomy, name, after.style) for name in fields if name != "rating"}
    read = read_back(target, [key for of_field in keys.values() for key in of_field])
    for name, of_field in keys.items():
        wanted = tuple(fields[name])
        for key in (k for k in of_field if k in read and not (k == "gnre" and not wanted)):
            found = read[key] if key != "gnre" else wanted
            if found != wanted and found != ((after.style.separator.join(wanted),) if wanted else ()):
                raise Unverified(f"mutagen does not read {key} as it was written")
