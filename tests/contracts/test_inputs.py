"""Laws of every input: a new file in `inputs/` is tested here by itself, once CASES says how to make one."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import scipy.sparse
import soundfile
from pydantic import ValidationError

from unisono.errors import ExperimentError
from unisono.inputs import Input, input_of
from unisono.parts import names, part_class

WORDS = ("night", "city", "rain", "road", "heart", "gold", "river", "blue", "home", "fire")
TRACKS = 8  # the first six teach; the seventh is new, the last lacks everything

CASES: dict[str, list[dict[str, Any]]] = {
    "mel": [{"duration": 1.0, "sample_rate": 8000, "n_mels": 20, "n_fft": 512, "hop_length": 256}],
    "descriptors": [
        {"descriptor": "mfcc", "sample_rate": 8000, "n_fft": 512, "n_mels": 20},
        {"descriptor": "contrast", "sample_rate": 22050, "duration": 1.0},
    ],
    "choi2017": [{"weights": "keras.hdf5", "duration": 7.0}],
    "sound_statistics": [{"sample_rate": 8000, "n_mels": 24}, {"groups": ["mfcc"], "duration": 0}],
    "transformer_audio": [{"model": "encoder", "duration": 1.0}],
    "transformer": [{"model": "bert", "max_tokens": 60}, {"model": "bert", "max_tokens": 5, "drop_phrases": ["gold"]}],
    "words": [{"min_count": 1}, {"min_count": 1, "lemmas": True, "stop_words": True, "max_tokens": 4}],
    "bag_of_words": [
        {"min_count": 1},
        {"min_count": 1, "weighting": "counts", "norm": "none", "characters": [2, 3], "ngrams": []},
    ],
    "text_form": [{}, {"strip_digits": True, "stop_words": True}],
    "columns": [
        {"columns": ["tempo", "m*"]},
        {"columns": ["*"], "scaling": "minmax", "indicator": True},
        {"columns": ["*"], "selection": {"correlation": 0.9}},
    ],
    "vectors": [
        {"tables": ["rows.parquet"], "missing": "lack"},
        {"tables": ["rows_{0..1}.npy"], "ids": {"table": "ids.csv", "column": "track"}, "missing": "lack"},
        {"tables": ["rows.npz"], "ids": "ids.txt", "scaling": "none", "missing": "lack"},
        {"tables": ["rows.parquet"], "selection": {"variance": 3.0}, "missing": "lack"},
    ],
    "counts": [{"tables": ["rows.npz"], "ids": "ids.txt", "weighting": "tfidf", "norm": "l2", "missing": "lack"}],
}
LABELLED = [
    pytest.param(kind, settings, id="-".join([kind, *map(str, settings.values())])[:60])
    for kind, cases in CASES.items()
    for settings in cases
]
all_inputs = pytest.mark.parametrize(("kind", "settings"), LABELLED)


@dataclass(frozen=True)
class Piece:
    """A track of the test's own."""

    id: str
    audio: Path | None = None
    lyrics: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UNISONO_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, choi_weights: Path, tiny_encoder: Path, tiny_bert: Path) -> Path:
    """A folder with sounds and files of features of all tracks but the last."""
    folder = tmp_path_factory.mktemp("inputs")
    shutil.copy(choi_weights / "keras.hdf5", folder)
    shutil.copytree(tiny_encoder, folder / "encoder")
    shutil.copytree(tiny_bert, folder / "bert")
    rng = np.random.default_rng(3)
    ids = [f"t{i}" for i in range(TRACKS - 1)]
    rows = rng.normal(5, 2, (len(ids), 6)).astype(np.float32)
    for i in range(len(ids)):
        wave = np.sin(2 * np.pi * 110 * (i + 1) * np.arange(8000 * (1 + i % 2)) / 8000)
        soundfile.write(folder / f"t{i}.wav", wave / 2, 8000)
    pl.DataFrame({"id": ids, "vector": rows.tolist()}).write_parquet(folder / "rows.parquet")
    for at in range(2):
        np.save(folder / f"rows_{at}.npy", rows[:, 3 * at : 3 * at + 3])
    scipy.sparse.save_npz(folder / "rows.npz", scipy.sparse.csr_array(rng.poisson(0.6, (len(ids), 9)) + np.eye(7, 9)))
    (folder / "ids.txt").write_text("\n".join(ids))
    (folder / "ids.csv").write_text("row,track\n" + "".join(f"{i},{name}\n" for i, name in enumerate(ids)))
    return folder


@pytest.fixture(scope="module")
def pieces(folder: Path) -> list[Piece]:
    rng = np.random.default_rng(4)
    made = []
    for i in range(TRACKS - 1):
        text = " ".join(rng.choice(WORDS, 4 + i))
        values = {"tempo": 100.0 + i, "mode": str(i % 2), "mood": None if i == 2 else 0.1 * i}
        made.append(Piece(f"t{i}", folder / f"t{i}.wav", text, values))
    return [*made, Piece("lacking")]


def unfitted(kind: str, settings: dict[str, Any], folder: Path) -> Input:
    return input_of({"kind": kind, **settings}, base=folder)


@pytest.fixture
def fitted(kind: str, settings: dict[str, Any], folder: Path, pieces: list[Piece]) -> Input:
    return unfitted(kind, settings, folder).fit(pieces[:6])


def reread(dumped: Input, folder: Path) -> Input:
    """What a model folder gives back."""
    dump = json.loads(json.dumps(dumped.model_dump(mode="json")))  # type: ignore[attr-defined]
    return unfitted(dump.pop("kind"), dump, folder)


def equal(one: Any, other: Any) -> bool:
    return one.keys() == other.keys() and all(
        one[k].dtype == other[k].dtype and np.array_equal(one[k], other[k]) for k in one
    )


def test_every_input_has_a_case() -> None:
    assert set(CASES) == set(names("inputs"))


@all_inputs
def test_the_declared_shape_is_the_made_shape(kind: str, fitted: Input, pieces: list[Piece]) -> None:
    assert fitted.kind == kind
    assert fitted.needs in ("audio", "lyrics", "values", "id")
    for piece in pieces[:7]:
        examples = fitted.read(piece)
        assert examples
        for example in examples:
            assert example.keys() == fitted.shapes.keys()
            for name, shape in fitted.shapes.items():
                assert len(example[name].shape) == len(shape)
                assert all(d in (None, n) for d, n in zip(shape, example[name].shape, strict=True)), name
                assert example[name].dtype in (np.float32, np.int32)
                assert np.isfinite(example[name]).all()


@all_inputs
def test_the_shape_has_its_axes_before_fit(kind: str, settings: dict[str, Any], folder: Path, fitted: Input) -> None:
    before = unfitted(kind, settings, folder).shapes
    assert {k: len(s) for k, s in before.items()} == {k: len(s) for k, s in fitted.shapes.items()}


@all_inputs
def test_reading_twice_gives_the_same_arrays(fitted: Input, pieces: list[Piece]) -> None:
    for piece in pieces[:7]:
        first, second = fitted.read(piece), fitted.read(piece)
        assert len(first) == len(second)
        assert all(map(equal, first, second))


@all_inputs
def test_tracks_differ(fitted: Input, pieces: list[Piece]) -> None:
    assert not equal(fitted.read(pieces[0])[0], fitted.read(pieces[5])[0])


@all_inputs
def test_a_track_that_lacks_the_input_has_no_examples(fitted: Input, pieces: list[Piece]) -> None:
    assert fitted.read(pieces[-1]) == []


@all_inputs
def test_missing_examples_become_zeros_of_the_declared_shape(fitted: Input, pieces: list[Piece]) -> None:
    there = fitted.read(pieces[5])[0]
    batch = fitted.collate([None, there, None])
    nothing = fitted.collate([None, None])
    assert batch.keys() == nothing.keys() == fitted.shapes.keys()
    for name, shape in fitted.shapes.items():
        for rows, count in ((batch[name], 3), (nothing[name], 2)):
            assert rows.shape[0] == count
            assert rows.ndim == 1 + len(shape)
            assert all(d in (None, n) for d, n in zip(shape, rows.shape[1:], strict=True))
        assert not batch[name][[0, 2]].any()
        assert not nothing[name].any()
        assert batch[name][1].any()
        assert batch[name].dtype == there[name].dtype


@all_inputs
def test_padding_changes_nothing(fitted: Input, pieces: list[Piece]) -> None:
    examples = [fitted.read(piece)[0] for piece in pieces[:7]]
    batch = fitted.collate(examples)
    for row, example in enumerate(examples):
        alone = fitted.collate([example])
        for name in fitted.shapes:
            wide, narrow = batch[name][row], alone[name][0]
            held = tuple(slice(0, n) for n in narrow.shape)
            assert np.array_equal(wide[held], narrow[tuple(slice(0, n) for n in wide[held].shape)])
            rest = wide.copy()
            rest[held] = 0
            assert not rest.any()


@all_inputs
def test_a_dump_gives_the_same_arrays(fitted: Input, pieces: list[Piece], folder: Path) -> None:
    again = reread(fitted, folder)
    assert again.shapes == fitted.shapes
    assert again.key() == fitted.key()
    for piece in pieces[:7]:
        assert all(map(equal, again.read(piece), fitted.read(piece)))


@all_inputs
def test_a_pickled_input_reads_the_same(fitted: Input, pieces: list[Piece]) -> None:
    fitted.read(pieces[0])  # whatever is remembered between calls must not get in the way of a worker process
    again: Input = pickle.loads(pickle.dumps(fitted))  # noqa: S301 - our own bytes
    assert all(map(equal, again.read(pieces[6]), fitted.read(pieces[6])))


@all_inputs
def test_fit_learns_from_what_it_is_given_alone(
    kind: str, settings: dict[str, Any], fitted: Input, folder: Path, pieces: list[Piece]
) -> None:
    def once() -> Iterator[Piece]:
        yield from pieces[:6]

    from_iterator = unfitted(kind, settings, folder).fit(once())
    after_others = unfitted(kind, settings, folder).fit(pieces[3:7]).fit(pieces[:6])
    reads_between = unfitted(kind, settings, folder).fit(pieces[:6])
    reads_between.read(pieces[6])
    assert from_iterator == fitted
    assert after_others == fitted
    assert reads_between == fitted


@all_inputs
def test_fit_leaves_the_original_as_it_was(
    kind: str, settings: dict[str, Any], folder: Path, pieces: list[Piece]
) -> None:
    original = unfitted(kind, settings, folder)
    before = original.model_dump_json()  # type: ignore[attr-defined]
    original.fit(pieces[:6])
    assert original.model_dump_json() == before  # type: ignore[attr-defined]


@all_inputs
def test_settings_are_frozen(fitted: Input) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        fitted.kind = "other"  # type: ignore[misc]


@all_inputs
def test_an_unknown_key_is_an_error(kind: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="loudnes"):
        input_of({"kind": kind, **settings, "loudnes": 1})


def test_an_input_needs_a_kind() -> None:
    with pytest.raises(ExperimentError, match="has no kind"):
        input_of({})


def test_an_unknown_kind_is_named_with_the_nearest() -> None:
    with pytest.raises(ExperimentError, match='Did you mean "words"'):
        input_of({"kind": "word"})


def test_the_docstring_names_every_setting() -> None:
    for kind in names("inputs"):
        made = part_class("inputs", kind)
        told = "".join(c.__doc__ or "" for c in made.__mro__ if c.__module__.startswith("unisono"))
        missing = [f for f in made.model_fields if f != "kind" and f"{f}:" not in told]
        assert not missing, f"{kind}: {missing}"


def test_reading_needs_neither_torch_nor_scikit_learn(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "for name in ('torch', 'sklearn', 'librosa'): sys.modules[name] = None\n"
        "from types import SimpleNamespace as Track\n"
        "from unisono.inputs import input_of\n"
        "from unisono.parts import names, part\n"
        "for name in names('inputs'): part('inputs', name)\n"
        "tracks = [Track(id=str(i), lyrics='night city ' * (i + 1), audio=None, values={'a': i}) for i in range(3)]\n"
        "for s in ({'kind': 'words'}, {'kind': 'bag_of_words'}, {'kind': 'columns', 'columns': ['a']}):\n"
        "    assert input_of(s).fit(tracks).read(tracks[0])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
