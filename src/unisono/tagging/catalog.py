"""The work of `unisono tag` on a block of a catalog: the tags table of its tracks, whichever machine makes it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from unisono.collection.tracks import Track
from unisono.inputs import Needs
from unisono.inputs.catalog import Block, Made
from unisono.inputs.extraction import Failure, Workers
from unisono.inputs.extraction.failures import printable
from unisono.tagging.rows import table
from unisono.tagging.tagged import Layout, Skipped, Tagged, Tags
from unisono.tagging.tagger import Tagger, open_model


@dataclass(frozen=True)
class Bundle:
    """A model folder as bytes, which can be sent to another machine.

    Args:
        digest: of its files.
        files: name -> content.
    """

    digest: str
    files: Mapping[str, bytes] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Tagging:
    """The tags of a block's tracks, as rows of the tags table.

    Args:
        bundle: the model.
        needs: what the model reads of a track.
        layout: how tags become rows.
        precision: give only tags of which so large a share is right; None gives all.
    """

    bundle: Bundle
    needs: Collection[Needs]
    layout: Layout
    precision: float | None = None

    @property
    def kind(self) -> str:
        """Shards of tags."""
        return "tags"

    def facts(self) -> dict[str, Any]:
        """The model's files, and how tags are given."""
        return {"model": self.bundle.digest, "layout": asdict(self.layout), "min_precision": self.precision}

    def made(self, block: Block, workers: Workers) -> Made:
        """Tag a block as `unisono tag` does."""
        tagger = _tagger(self.bundle, self.precision)
        tracks = cast(Sequence[Track], block.tracks)  # as they were gathered
        given, failures = list[Tags](), list[Failure]()
        for at, (track, tags) in enumerate(tagger.stream(tracks, workers=workers.number)):
            if isinstance(tags, Skipped):
                path = str(track.audio) if track.audio is not None else track.id
                failures.append(Failure(block.first + at, track.id, path, printable(tags.reason), ""))
            else:
                given.append(tags)
        frame = table(Tagged(tagger.tasks, tuple(given)), self.layout)
        counts = {"kept": len(given), "failed": len(failures), "absent": 0}
        misnamed = {printable(tags.audio or tags.id): tags.misnamed for tags in given if tags.misnamed}
        return Made(frame, counts, failures, misnamed)


def tagging_with(tagger: Tagger, layout: Layout, precision: float | None = None) -> Tagging:
    """The work of tagging with a model that was opened and verified here.

    Args:
        layout: how tags become rows.
        precision: give only tags of which so large a share is right; None gives all.
    """
    folder = Path(tagger.model.facts["folder"])
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    told = "".join(f"{hashlib.sha256(data).hexdigest()} {name}\n" for name, data in files.items())
    bundle = Bundle(hashlib.sha256(told.encode()).hexdigest(), files)
    return Tagging(bundle, {part.needs for part in tagger.model.inputs.values()}, layout, precision)


@lru_cache(maxsize=1)
def _tagger(bundle: Bundle, precision: float | None) -> Tagger:
    """The model, opened once a process."""
    with tempfile.TemporaryDirectory(prefix="unisono-model-") as folder:
        for name, data in bundle.files.items():
            Path(folder, name).write_bytes(data)
        tagger = open_model(folder)
    return tagger if precision is None else tagger.at_least(precision)
