"""The beets plugin: `beet unisono QUERY` tags items with a model, in the library and, if asked, in their files."""

from __future__ import annotations

import importlib.metadata
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from optparse import Values
from pathlib import Path
from typing import Any

import mediafile
from beets.dbcore import types
from beets.importer import ImportSession, ImportTask
from beets.library import Item, Library
from beets.plugins import BeetsPlugin

from beets import config, plugins, ui, util
from unisono.collection.faults import several
from unisono.collection.tracks import SoundingTrack
from unisono.errors import UserError
from unisono.tagging import Tagger, Tags, open_model
from unisono.tagging.writing import Journal, Outcome, Profile, Writer, new_journal, profile_of, roots_of, signed_by
from unisono.tagging.writing.wishes import Wish
from unisono.tagging.writing.wording import texts_of
from unisono.tasks import Task

JOINED = "; "  # between several labels: what `beet ls situation:midnight` looks through
_ELSEWHERE = {"comment", "grouping", "rating"}  # fields of the file writer that hold more than one task's answer
_STYLES = {"energy": "EnergyLevel"}  # the names that other programs use in files
_FRAMES = {"mood": "TMOO"}  # of ID3v2.4; 2.3 has none for them, and a free one is read in its place


@dataclass(frozen=True)
class _How:
    """What is done with items: only shown, written into the files too, over what is there."""

    pretend: bool
    write: bool
    force: bool


class UnisonoPlugin(BeetsPlugin):
    """Fields for every task of the model in `unisono.model`, and the command that fills them."""

    def __init__(self) -> None:
        super().__init__()
        self.config.add(
            {"model": "", "auto": False, "write": False, "force": False, "min_precision": 0.0, "workers": 0}
        )
        self._profile = profile_of("beets")
        self._fields: dict[str, tuple[str, ...]] = {}
        self.item_types: dict[str, types.Type] = {}
        self._tagger: Tagger | None = None
        self._wishes: dict[int | None, dict[str, Wish]] = {}  # by item, until its file is written
        self._journal: Path | None = None
        if self.config["model"].get(str):
            self._declare(Path(self.config["model"].as_filename()))
        if self.config["auto"].get(bool):
            self.import_stages = [self.imported]
            self.register_listener("import_task_files", self.placed)

    def commands(self) -> list[ui.Subcommand]:
        """`beet unisono [options] QUERY`."""
        command = ui.Subcommand("unisono", help="tag items with a model of your own tags")
        add = command.parser.add_option
        add("-m", "--model", dest="model", help="the model folder, or a run's")
        add("-p", "--pretend", action="store_true", dest="pretend", help="show what would change, change nothing")
        add("-w", "--write", action="store_true", dest="write", help="write the tags into the files, too")
        add("-W", "--nowrite", action="store_false", dest="write", help="leave the files as they are")
        add("-f", "--force", action="store_true", dest="force", help="replace values that are there")
        add(
            "-P", "--min-precision", type="float", dest="precision", help="only tags of which so large a share is right"
        )
        add("-t", "--threads", type="int", dest="workers", help="processes that read sound")
        add("-c", "--count-only", action="store_true", dest="count", help="say how many items the query has")
        command.func = self.tagged
        return [command]

    def tagged(self, library: Library, options: Values, arguments: list[str]) -> None:
        """What the command does."""
        items = list(library.items(arguments))
        if options.count:
            ui.print_(f"{len(items)} items")
            return
        if options.model:
            self._declare(Path(options.model).expanduser())
        write = self.config["write"].get(bool) if options.write is None else options.write
        force = bool(options.force) or self.config["force"].get(bool)
        self._run(items, _How(bool(options.pretend), bool(write), force), options)
        self._write(items)

    def imported(self, session: ImportSession, task: ImportTask) -> None:
        """Tag what is being imported in the library; its files are still where they came from, and stay as they are."""
        write = config["import"]["write"].get(bool)
        self._run(task.imported_items(), _How(False, write, self.config["force"].get(bool)), Values())

    def placed(self, session: ImportSession, task: ImportTask) -> None:
        """Write the files of what was imported, now that they are where they belong; beets may have done it."""
        self._write(task.imported_items())

    def _run(self, items: Sequence[Item], how: _How, options: Values) -> None:
        try:
            tagger = self._opened(getattr(options, "precision", None) or self.config["min_precision"].get(float))
            asked = [item for item in items if how.force or self._lacks(item)]
            tracks = [_track(item) for item in asked]
            workers = getattr(options, "workers", None) or self.config["workers"].get(int) or None
            answered = tagger.tag_tracks(tracks, workers=workers)
        except UserError as error:
            raise ui.UserError(str(error)) from error
        for skipped in answered.skipped:
            self._log.warning("item {}: {}", skipped.id, skipped.reason)
        by_id = {str(item.id): item for item in asked}
        changed = sum(self._apply(by_id[tags.id], tags, tagger.tasks, how) for tags in answered)
        self._log.info("{} of {} items {}", changed, len(items), "would change" if how.pretend else "changed")

    def _apply(self, item: Item, tags: Tags, tasks: Sequence[Task], how: _How) -> bool:
        """Set an item's fields, those that hold a value only if forced; what its file shall hold is kept for later."""
        changes, wishes = {}, {}
        for one in tasks:
            for field in self._fields.get(one.name, ()):
                value = _value(tags, one, field, self._profile)
                if value in (None, "", []):
                    continue
                if (how.force or not _held(item, field)) and item.get(field) != value:
                    changes[field] = value
                if field in changes or item.get(field) == value:
                    texts = _texts(tags, one, field, self._profile)
                    wishes[field] = Wish("overwrite" if how.force else "keep", {one.name: texts})
        if changes:
            told = (f"{name}: {_shown(_held(item, name))} -> {_shown(new)}" for name, new in changes.items())
            ui.print_(f"{item}: {', '.join(told)}")
        if changes and not how.pretend:
            item.update(changes)
            item.store()
        if how.write and not how.pretend:
            self._wishes[item.id] = wishes
        return bool(changes)

    def _write(self, items: Iterable[Item]) -> None:
        """Write the files of items, each safely and with a journal, as `unisono tag --write` does."""
        waiting = [(item, self._wishes.pop(item.id)) for item in items if item.id in self._wishes]
        if not waiting or self._tagger is None:
            return
        written, roots = 0, roots_of(os.fsdecode(item.path) for item, _ in waiting)
        signed = signed_by(self._tagger.model.facts)
        try:
            with self._opened_journal(signed.model) as journal:
                writer = Writer(self._tagger.tasks, self._profile, signed, roots, journal)
                for item, wishes in waiting:
                    fields = {_in_files(name): wish for name, wish in wishes.items()}
                    outcome = writer.fill(os.fsdecode(item.path), fields)
                    self._keep_in_step(item, wishes, outcome)
                    written += outcome.state == "written"
                name = journal.path.stem
        except UserError as error:
            raise ui.UserError(str(error)) from error
        if written:
            ui.print_(f"{several(written, 'file')} written; `unisono undo {name}` takes it back")

    def _keep_in_step(self, item: Item, wishes: Iterable[str], outcome: Outcome) -> None:
        """The library knows that the file was written, and holds what a file kept in place of our value."""
        if outcome.state == "skipped":
            self._log.warning("not written {}: {}", os.fsdecode(item.path), outcome.reason)
            return
        file = mediafile.MediaFile(util.syspath(item.path))
        for field in wishes:
            found = getattr(file, field)
            if found not in (None, "", []) and _joined(found) != _joined(item.get(field)):
                item[field] = found
        item.mtime = item.current_mtime()
        item.store()
        plugins.send("after_write", item=item, path=item.path)

    def _opened_journal(self, model: str) -> Journal:
        """One journal for all that this beets writes; opened anew each time, for imports run in threads."""
        if self._journal is not None:
            return Journal(self._journal)
        facts = {"model": model, "profile": self._profile.model_dump_json(), "profile_name": "beets"}
        journal = new_journal({**facts, "version": importlib.metadata.version("unisono")})
        self._journal = journal.path
        return journal

    def _lacks(self, item: Item) -> bool:
        return any(not _held(item, field) for fields in self._fields.values() for field in fields)

    def _opened(self, precision: float) -> Tagger:
        if self._tagger is None:
            raise UserError("unisono.model", "no model is named", "Set it in beets' config.yaml, or add -m MODEL.")
        return self._tagger.at_least(precision) if precision else self._tagger

    def _declare(self, model: Path) -> None:
        """Open a model and make its tasks fields, with their types, that `beet write` keeps in files."""
        try:
            self._tagger = open_model(model)
        except UserError as error:
            raise ui.UserError(str(error)) from error
        self._fields = {one.name: fields_of(one, self._profile) for one in self._tagger.tasks}
        for one in self._tagger.tasks:
            for field in self._fields[one.name]:
                if field in Item._fields:
                    continue
                self.item_types[field] = type_of(one)
                if field not in set(mediafile.MediaFile.fields()):
                    self.add_media_field(field, media_field(field, type_of(one)))


def fields_of(one: Task, profile: Profile) -> tuple[str, ...]:
    """The item's fields for a task: beets' own list of genres, or flexible ones."""
    names = [name for name in profile.field_of(one).field or () if name not in _ELSEWHERE]
    return tuple("genres" if name == "genre" and "genres" in Item._fields else name for name in names)


def type_of(one: Task) -> types.Type:
    """Numbers make queries for ranges work: `energy:300..400`."""
    if one.kind != "regression":
        return types.STRING
    levels: tuple[float, ...] = tuple(getattr(one, "levels", ()))
    return types.INTEGER if levels and all(float(level).is_integer() for level in levels) else types.FLOAT


def media_field(name: str, kind: types.Type) -> mediafile.MediaField:
    """Where the field is kept in files, under the names that other programs use."""
    key = _STYLES.get(name, name.upper())
    frame = _FRAMES.get(name)
    return mediafile.MediaField(
        *([mediafile.MP3StorageStyle(frame)] if frame else []),
        mediafile.MP3DescStorageStyle(key, read_only=bool(frame)),
        mediafile.MP4StorageStyle(f"----:com.apple.iTunes:{key.upper()}"),
        mediafile.StorageStyle(key.upper()),
        mediafile.ASFStorageStyle(f"WM/{name.capitalize()}" if frame else key.upper()),
        out_type={types.INTEGER: int, types.FLOAT: float}.get(kind, str),
    )


def _track(item: Item) -> SoundingTrack:
    return SoundingTrack(str(item.id), Path(os.fsdecode(item.path)), item.get("lyrics") or None, dict(item))


def _held(item: Item, field: str) -> Any:
    """What an item holds in a field; None where it has none: beets reads a number that is not there as 0."""
    return item.get(field) or None


def _value(tags: Tags, one: Task, field: str, profile: Profile) -> Any:
    texts = texts_of(tags[one.name], one, profile.field_of(one), _in_files(field))
    if one.kind == "regression":
        number = float(texts[0]) if texts else None
        return int(number) if number is not None and type_of(one) is types.INTEGER else number
    return list(texts) if field == "genres" else JOINED.join(texts)


def _texts(tags: Tags, one: Task, field: str, profile: Profile) -> tuple[str, ...]:
    """What a file shall hold in a field: several labels are one text there too, but for a list of genres."""
    texts = texts_of(tags[one.name], one, profile.field_of(one), _in_files(field))
    return texts if field == "genres" else (JOINED.join(texts),)


def _in_files(field: str) -> str:
    """The file writer's name of an item's field."""
    return "genre" if field == "genres" else field


def _joined(value: object) -> object:
    return JOINED.join(map(str, value)) if isinstance(value, list) else value


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if value not in (None, "") else "nothing"


__all__ = ["UnisonoPlugin"]
