"""Tagging by blocks: the shards together are the table that `tag -o tags.parquet` writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import soundfile
from polars.testing import assert_frame_equal

from unisono.inputs.catalog import Catalog, Order
from unisono.tagging import Layout, open_model
from unisono.tagging.catalog import tagging_with
from unisono.tagging.rows import table


def test_shards_are_the_tags_table(sound_model: Path, tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    for number in range(7):
        soundfile.write(tmp_path / "music" / f"{number}.wav", np.sin(np.arange(8000.0) * (number + 1) / 9), 8000)
    (tmp_path / "music" / "3.wav").write_bytes(b"RIFF")
    tagger = open_model(sound_model)
    found = tagger.gather(str(tmp_path / "music"))
    for layout in (Layout(), Layout(wide=True)):
        folder = tmp_path / f"shards-{layout.wide}"
        catalog = Catalog(tagging_with(tagger, layout), found.tracks, Order(str(folder), block=2))
        catalog.run()
        shards = pl.concat(pl.read_parquet(path) for path in sorted(folder.glob("*.parquet")))
        assert_frame_equal(shards, table(tagger.tag_tracks(found.tracks), layout))
        assert [(f.index, Path(f.path).name) for f in catalog.failures] == [(3, "3.wav")]
        assert (catalog.count("kept"), catalog.count("failed"), catalog.blocks) == (6, 1, 4)


def test_another_model_is_another_catalog(sound_model: Path, lyrics_model: Path) -> None:
    one, same, other = (tagging_with(open_model(f), Layout()) for f in (sound_model, sound_model, lyrics_model))
    assert one.facts() == same.facts() != other.facts()
    assert (set(one.needs), set(other.needs)) == ({"audio"}, {"lyrics"})
    assert tagging_with(open_model(sound_model), Layout(wide=True)).facts() != one.facts()
