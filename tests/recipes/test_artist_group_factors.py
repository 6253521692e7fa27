"""The recipes artist-group-factors: the published sizes, what each level changes, and a run from sounds to factors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unisono import Experiment, train
from unisono.demo import save, tone
from unisono.errors import TableError
from unisono.experiment.toml import load_toml, with_overrides
from unisono.inputs.reading.cells import matching
from unisono.nets.network import Network, build
from unisono.study.changes import changed
from unisono.study.layers import layer_map
from unisono.study.plan import Study
from unisono.targets import nearest_artists, read_factors
from unisono.training.corpus import gather
from unisono.training.material import fold_material, prepare
from unisono.training.stages import plan

GENRES = [f"genre {i}" for i in range(16)]
FACTORS = ("mfcc", "chroma", "contrast", "subgenre")
SMALL = (
    'network.blocks=[{layers=["conv 2 5x5 pad 2","maxpool 2x1","elu"]},'
    '{layers=["conv 4 3x3 same","batchnorm","elu","maxpool 4","globalavgpool","batchnorm"]}]',
    "network.head.hidden=[8]",
    "inputs.audio.excerpts=2",
    "inputs.audio.frames=40",
    "inputs.audio.duration=1",
    "inputs.audio.hop=0.5",
    *(f"tasks.{name}.target.codebook=4" for name in FACTORS[:3]),
    *(f"tasks.{name}.target.topics=3" for name in FACTORS),
    "training.epochs=1",
    "training.batch_size=8",
    "training.threads=1",
)


def network(stage: int) -> Network:
    """The network of a stage, with sixteen genres."""
    asked = Experiment.load("artist-group-factors", [f"tasks.genre.labels={GENRES}"])
    alone = plan(asked)[stage][1]
    return build(alone.network, alone.heads, alone.inputs, alone.tasks)


def test_the_published_sizes_come_out() -> None:
    made = network(0)
    shared, towers = made.describe()["inputs"]["audio"]["blocks"]
    assert shared["copies"][0]["shape"] == [[1, 128, 322], [16, 64, 322]]
    assert [copy["parameters"] for copy in towers["copies"]] == [496_096] * 5
    assert made.parameter_counts()["trainable"] == 2_857_648
    assert [tuple(weight.shape) for weight in made.last_shared()] == [(16, 1, 5, 5)]
    assert network(1).describe()["heads"]["genre"]["parameters"] == 1_328_144


def fma(folder: Path) -> Path:
    """Thirty tones by ten artists of two genres, in FMA's layout: an artist has one pitch, a genre an octave."""
    names = "album.title artist.id artist.name set.split set.subset track.duration track.genre_top track.genres"
    names += " track.genres_all track.language_code track.license track.listens track.title"
    first, second = zip(*(name.split(".") for name in names.split()), strict=True)
    lines = [",".join(["", *first]), ",".join(["", *second]), "track_id" + "," * len(first)]
    for n in range(30):
        artist = n // 3
        genre, parents = (("Rock", "[12, 25]"), ("Hip-Hop", "[21, 26]"))[artist % 2]
        part = "test" if artist in (6, 7) else "validation" if artist in (8, 9) else "training"
        subset = ("small", "medium")[n % 2]
        told = f'album,{artist},artist {artist},{part},{subset},2,{genre},"[25]","{parents}",en,CC BY,1,title {n}'
        lines.append(f"{n},{told}")
        save(folder / "fma_small" / f"{n}.flac", tone(220 * 2 ** (artist % 2 + artist / 24), 1.6, 0.3 + 0.01 * n))
        there = folder / f"fma_small/000/{n:06}.mp3"
        there.parent.mkdir(exist_ok=True)
        (folder / "fma_small" / f"{n}.flac").rename(there)
    (folder / "fma_metadata").mkdir()
    (folder / "fma_metadata/tracks.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    tree = ["genre_id,#tracks,parent,title,top_level", "12,2,0,Rock,12", "21,2,0,Hip-Hop,21", "25,2,12,Punk,12"]
    (folder / "fma_metadata/genres.csv").write_text("\n".join([*tree, "26,2,21,Rap,21"]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fma")
    (folder / "fma_small").mkdir()
    return fma(folder)


def test_from_sounds_to_a_genre_and_near_artists(rendered: Path, tmp_path: Path) -> None:
    once = ["tasks.chroma.target.frames=mfcc", "tasks.contrast.target.frames=mfcc"]  # heard once: it takes seconds
    asked = Experiment.load("artist-group-factors", [f"collection.root={rendered}", *SMALL, *once])
    run = train(asked, tmp_path / "run", 0)
    assert set(run.scores["tasks"]) == {"genre", *FACTORS}, "the factors' heads came along into the new network"
    assert (run.scores["protocol"], run.scores["leaks"]) == ("file", [])
    assert run.scores["tasks"]["genre"]["n"] == 6
    factors = read_factors(run.folder / "artist_factors.parquet")
    assert set(factors) == set(FACTORS)
    assert np.allclose(factors["mfcc"].shares.sum(axis=1), 1, atol=1e-5)
    assert nearest_artists("artist 0", factors, n=3)
    made = layer_map(run.folder, "heads.heads.for_genre.hidden", method="pca")
    assert (made.width, len(made.tracks)) == (1024, 30), "the predictor's activations"


def test_the_published_way_is_stamped(rendered: Path) -> None:
    asked = Study.load("artist-group-factors-published", [f"collection.root={rendered}", *SMALL])
    assert asked.configurations["honest"].experiment.tasks["chroma"].target.share == "normalise"  # type: ignore[attr-defined]
    published = asked.configurations["published"].experiment
    said = " ".join(gather(published, 0).split.leaks)
    assert "drawn at random" in said and "early stopping looks at the test part" in said
    assert "one excerpt of each test track judges, the others teach" in said
    assert all(f"the targets of {name} were computed from all tracks" in said for name in FACTORS)
    targets = {name: published.tasks[name].target for name in FACTORS}  # type: ignore[attr-defined]
    assert [targets[name].transposed for name in FACTORS] == [False, True, True, False]
    assert targets["subgenre"].exclude == () and {t.share for t in targets.values()} == {"softmax"}


def test_windows_cross_only_where_that_is_asked_for(rendered: Path) -> None:
    """Published: one window of each judged track judges, its siblings teach; honest: nothing of it teaches."""
    recipe, _, _ = load_toml("artist-group-factors")
    tables = with_overrides(recipe, [f"collection.root={rendered}", *SMALL])
    alone = changed(tables, {"tasks": ["genre"], "remove": ["stages"], "balancing": {"method": "sum"}}, "test")
    cuts = {}
    for leak in ((), ("excerpts_cross",)):
        asked = Experiment.of({**alone, "split": {"protocol": "published", "test": 0.5, "on_purpose": leak}})
        material = prepare(asked, 0)
        ready = fold_material(material, material.corpus.split.folds[0])
        judged = {int(i) for i in ready.parts["test"]}
        cuts[leak] = (ready.rows("test"), [row for row in ready.rows("train") if row[0] in judged])
        assert all(len(ready.judged(i)["audio"]) == (1 if leak else 2) for i in judged)
    assert len(cuts[()][0]) == 30 and cuts[()][1] == []
    tests, taught = cuts["excerpts_cross",]
    assert len(tests) == len(taught) == 15 and not set(tests) & set(taught)
    assert {at for _, at in tests} == {0, 1}, "now the first, now the second"


def test_all_levels_are_planned(rendered: Path) -> None:
    plan = Study.load("artist-group-factors-study", [f"collection.root={rendered}"])
    l0 = {name: c.experiment.balancing for name, c in plan.configurations.items() if name.startswith("L0")}
    assert [b.l0 for b in l0.values()] == ["first", "epoch", "log_classes", "ema"]  # type: ignore[attr-defined]
    assert all(not plan.configurations[name].experiment.stages for name in l0)
    assert set(plan.tasks_of("genre alone")) == {"genre"}
    assert len(plan.configurations["phase 2"].experiment.stages) == 2
    heard = {n: t.target.frames for n, t in plan.configurations["phase 2"].experiment.tasks.items() if n in FACTORS[:3]}  # type: ignore[attr-defined]
    assert all(name == frames for name, frames in heard.items())


def test_the_columns_are_those_of_the_benchmark() -> None:
    """The patterns name what bench/beatport.py lists."""
    columns = [f"{i}-{'MFCCs' if 9 <= i <= 21 or 43 <= i <= 55 else 'other'}" for i in range(1, 93)]
    asked = Experiment.load("artist-group-factors-columns")
    found = {n: t.target.columns for n, t in asked.tasks.items() if n != "genre"}  # type: ignore[attr-defined]
    numbers = {n: [int(c.split("-")[0]) for c in matching(found[n], (), columns, n)] for n in ("spectrum", "rhythm")}
    assert numbers == {"spectrum": [*range(1, 9), *range(35, 43)], "rhythm": list(range(69, 93))}
    assert [stage.name for stage in asked.stages] == ["phase1", "phase2"]


def described(folder: Path) -> Path:
    """48 tracks by 12 artists: four numbers of each group, of which an artist's are alike."""
    rng = np.random.default_rng(0)
    numbers = [*range(1, 5), *range(9, 13), *range(22, 26), *range(69, 73)]
    kinds = {1: "Zcr", 9: "MFCCs", 22: "ChromaVector", 69: "BPM"}
    names = [f"{i}-{kinds[max(k for k in kinds if k <= i)]}{i}" for i in numbers] + ["35-a", "40-b", "75-c", "90-d"]
    middle = rng.normal(0, 1, (12, len(names)))
    rows = [[f"{v:.4f}" for v in middle[n // 4] + rng.normal(0, 0.3, len(names))] for n in range(48)]
    said = [",".join([*row, f"genre {n // 4 % 3}", f"artist {n // 4}"]) for n, row in enumerate(rows)]
    (folder / "tracks.csv").write_text("\n".join([",".join([*names, "genre", "artist"]), *said]) + "\n")
    return folder


def test_the_columns_learn_and_phase_two_follows(tmp_path: Path) -> None:
    changes = [f"base={described(tmp_path)}", "split={test=0.25, validation=0.0}", "training.epochs=1"]
    changes += [f"tasks.{name}.target.codebook=4" for name in ("timbre", "harmony", "spectrum", "rhythm")]
    run = train(Experiment.load("artist-group-factors-columns", changes), tmp_path / "run", 0)
    assert set(run.scores["tasks"]) == {"genre", "timbre", "harmony", "spectrum", "rhythm"}
    assert run.scores["leaks"] == [] and run.scores["tasks"]["timbre"]["n"] == 12
    assert {"stage-phase1", "stage-phase2"} <= {p.name for p in run.folder.rglob("stage-*")}


def test_without_the_tables_it_says_what_to_get(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"holds no fma_metadata/tracks.csv. Get fma_metadata.zip"):
        train(Experiment.load("artist-group-factors", [f"collection.root={tmp_path}"]), tmp_path / "run", 0)
