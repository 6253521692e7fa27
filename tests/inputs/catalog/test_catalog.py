"""Catalogs: shards that stand are not made again, all others are, and nothing else is touched."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from unisono.collection import Track
from unisono.errors import UserError
from unisono.inputs import input_of
from unisono.inputs.catalog import Catalog, Hearing, Order, Shards, Task, fill, place_of
from unisono.inputs.catalog.blocks import blocks_of
from unisono.inputs.extraction import Bulk, Cache, Workers, extract

EAR = {"kind": "mel", "sample_rate": 8000, "n_fft": 256, "hop_length": 256, "n_mels": 20, "duration": 1.0}


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))


def tracks_of(sounds: list[Path]) -> list[Track]:
    return [Track(path.name, path) for path in sounds]


def made(tracks: list[Track], into: object, **how: object) -> Catalog:
    work = Hearing({"audio": input_of({**EAR, **how.pop("settings", {})})})  # type: ignore[dict-item]
    order = Order(str(into), block=5, workers=Workers(1))
    catalog = Catalog(work, tracks, replace(order, **how))  # type: ignore[arg-type]
    catalog.run()
    return catalog


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_shards_hold_every_track_once(sounds: list[Path], tmp_path: Path) -> None:
    sounds[6].write_bytes(b"RIFF")
    tracks = [*tracks_of(sounds), Track("silent")]
    seen: list[tuple[int, int]] = []
    catalog = Catalog(Hearing({"audio": input_of(EAR)}), tracks, Order(str(tmp_path / "s"), block=5))
    catalog.run(lambda done, of: seen.append((done, of)))
    assert seen == [(5, 13), (10, 13), (13, 13)]
    assert [catalog.count(state) for state in ("kept", "failed", "absent")] == [11, 1, 1]
    assert [(f.index, f.id, f.input) for f in catalog.failures] == [(6, "06.wav", "audio")]
    rows = pl.concat(pl.read_parquet(p) for p in sorted((tmp_path / "s").glob("*.parquet")))
    assert rows["id"].to_list() == [track.id for track in tracks]
    assert rows["index"].to_list() == list(range(13))
    assert rows.row(6, named=True)["data"] is None and "cannot be read as sound" in rows.row(6, named=True)["reason"]
    assert rows.row(12, named=True)["reason"] is None
    assert (rows.row(0, named=True)["dtype"], rows.row(0, named=True)["shape"][0]) == ("<f4", 20)


def test_what_is_whole_stands_and_what_is_not_is_made_again(sounds: list[Path], tmp_path: Path) -> None:
    folder, tracks = tmp_path / "s", tracks_of(sounds)
    assert made(tracks, folder).stood == 0
    whole = contents(folder)
    again = made(tracks, folder)
    assert (again.stood, again.count("kept")) == (3, 12)
    (folder / "part-000000.parquet").write_bytes(whole["part-000000.parquet"][:-1])
    flipped = bytearray(whole["part-000001.parquet"])
    flipped[100] ^= 1
    (folder / "part-000001.parquet").write_bytes(flipped)
    (folder / "part-000002.json").write_bytes(whole["part-000002.json"][:40])
    assert made(tracks, folder).stood == 0
    assert contents(folder) == whole
    told = json.loads(whole["part-000002.json"])
    for odd in (
        {k: v for k, v in told.items() if k != "failures"},
        {**told, "misnamed": 5},
        {**told, "misnamed": ["a"]},
    ):
        (folder / "part-000002.json").write_text(json.dumps(odd))
        assert made(tracks, folder).stood == 2
        assert contents(folder) == whole
    assert made(tracks, folder, resume=False).stood == 0
    assert contents(folder) == whole


def test_a_file_that_changed_makes_its_block_again(sounds: list[Path], tmp_path: Path) -> None:
    made(tracks_of(sounds), tmp_path / "s")
    facts = sounds[0].stat()
    os.utime(sounds[0], ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    assert made(tracks_of(sounds), tmp_path / "s").stood == 2
    assert made(tracks_of(sounds[:11]), tmp_path / "s").stood == 2


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ({"settings": {"n_mels": 21}}, "holds the shards of another catalog: other settings"),
        ({"block": 6}, "another size of blocks"),
    ],
)
def test_another_catalog_is_not_mixed_in(sounds: list[Path], tmp_path: Path, how: dict[str, object], line: str) -> None:
    made(tracks_of(sounds[:6]), tmp_path / "s")
    before = contents(tmp_path / "s")
    with pytest.raises(UserError, match=line):
        made(tracks_of(sounds[:6]), tmp_path / "s", **how)
    assert contents(tmp_path / "s") == before


def test_shards_of_tracks_that_are_gone_are_told(sounds: list[Path], tmp_path: Path) -> None:
    made(tracks_of(sounds), tmp_path / "s")
    with pytest.raises(UserError, match="holds 3 shards but there are now tracks for 1 only"):
        made(tracks_of(sounds[:3]), tmp_path / "s")


def test_a_folder_of_something_else_is_left_alone(sounds: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds other files \(00.wav ...\) but an empty place"):
        made(tracks_of(sounds), sounds[0].parent)
    with pytest.raises(UserError, match=r"cannot be (read|written) \(Not a directory\)"):
        made(tracks_of(sounds), sounds[0] / "shards")


def test_shards_fill_the_cache_that_training_reads(
    sounds: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = made(tracks_of(sounds[:6]), tmp_path / "s")
    fresh, part = Cache(tmp_path / "fresh"), input_of(EAR)
    assert fill(catalog.shards, catalog.receipts.values(), {"audio": part}, fresh) == 6
    assert fill(catalog.shards, catalog.receipts.values(), {"audio": part}, fresh) == 0
    ours, theirs = (Cache(tmp_path / name) for name in ("fresh", "cache"))
    monkeypatch.setattr("unisono.inputs.extraction.pool.Worker._start", lambda self: pytest.fail("it is heard again"))
    for cache in (ours, theirs):
        extracted = extract({"audio": part}, tracks_of(sounds[:6]), cache=cache)
        (heard,) = part.read(Track("5", sounds[5]))
        assert extracted.examples("audio", 5)[0]["mel"].tobytes() == heard["mel"].tobytes()
    (tmp_path / "s" / "part-000001.parquet").write_bytes(b"torn")
    with pytest.raises(UserError, match=r"part-000001.parquet: is not what its receipt says"):
        fill(catalog.shards, catalog.receipts.values(), {"audio": part}, fresh)


def test_urls_hold_the_same_bytes(sounds: list[Path], tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="needs the extra [ray]")
    made(tracks_of(sounds), tmp_path / "s")
    url = "memory://catalog/shards"
    assert made(tracks_of(sounds), url).stood == 0
    files = fsspec.filesystem("memory")
    held = {path.rpartition("/")[2]: files.cat_file(path) for path in files.ls("/catalog/shards", detail=False)}
    assert held == contents(tmp_path / "s")
    assert made(tracks_of(sounds), url).stood == 3
    files.pipe_file("/catalog/shards/part-000002.parquet", b"torn")
    assert made(tracks_of(sounds), url).stood == 2
    assert files.cat_file("/catalog/shards/part-000002.parquet") == held["part-000002.parquet"]
    with pytest.raises(UserError, match=r"nowhere://x: cannot be opened \(Protocol not known: nowhere"):
        place_of("nowhere://x")


def test_a_machine_that_does_not_see_the_music_says_so(sounds: list[Path], tmp_path: Path) -> None:
    work = Hearing({"audio": input_of(EAR)})
    (block,) = blocks_of(tracks_of(sounds), 100, work.needs, {})
    task = Task(work, str(tmp_path / "s"), Workers(1))
    sounds[2].rename(sounds[2].with_suffix(".gone"))
    with pytest.raises(UserError, match=r"02.wav: cannot be read on .* but on the machine that asks it can"):
        task(block)
    with pytest.raises(UserError, match=r"has unisono .* but 0.0 asks for the work. Install the same version"):
        replace(task, version="0.0")(block)
    assert not (tmp_path / "s").exists()


def test_a_folder_that_is_not_shared_is_told(
    sounds: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Shards.keep

    def elsewhere(self: Shards, *given: object) -> object:
        return keep(Shards(place_of(str(tmp_path / "elsewhere"))), *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Shards, "keep", elsewhere)
    with pytest.raises(UserError, match=r"does not hold part-000000.parquet although it was written there by another"):
        made(tracks_of(sounds), tmp_path / "s")


def test_a_cache_that_loses_entries_gives_no_shard(
    sounds: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_bulk = Bulk.run

    def losing(self: Bulk) -> None:
        run_bulk(self)
        next((tmp_path / "cache").glob("??/*")).unlink()

    monkeypatch.setattr(Bulk, "run", losing)
    with pytest.raises(UserError, match="cache: loses what is written to it"):
        made(tracks_of(sounds[:2]), tmp_path / "s")
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["catalog.json"]


def test_a_worker_s_disk_is_left_as_it_was(sounds: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNISONO_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    for name in ("unisono-block-dead", "unisono-block-alive", "other"):
        (tmp_path / "temporary" / name / "unfinished").mkdir(parents=True)
    for path in (tmp_path / "temporary").rglob("*"):
        if "alive" not in str(path):
            os.utime(path, (0, 0))
    work = Hearing({"audio": input_of(EAR)}, keep=False)
    Catalog(work, tracks_of(sounds[:1]), Order(str(tmp_path / "s"))).run()
    assert sorted(path.name for path in (tmp_path / "temporary").iterdir()) == ["other", "unisono-block-alive"]
    assert not (tmp_path / "home").exists()


def test_what_is_not_read_does_not_name_a_block(sounds: list[Path]) -> None:
    one = [Track("a", sounds[0], "words", {"genre": "rock"})]
    other = [Track("a", sounds[0], "other", {"genre": "pop"})]

    def named(tracks: list[Track], *needs: str) -> str:
        return next(blocks_of(tracks, 5, needs, {})).digest  # type: ignore[arg-type]

    assert named(one, "audio") == named(other, "audio")
    assert named(one, "audio", "lyrics") != named(other, "audio", "lyrics")
    assert named(one, "values") != named(other, "values")
    assert json.dumps(named(one, "audio")).isascii()
