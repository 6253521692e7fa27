"""The recipes bow-sharing-msd: the paper's tasks from the files of the Million Song Dataset, by artist."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from unisono import Experiment, train
from unisono.study.plan import Study

SONGS = 160
SMALL = (
    "network.encoder.width=16",
    'network.encoder.blocks=[{layers=["linear 8","relu"]},{layers=["linear 8","relu"]},{layers=["linear 8","relu"]}]',
    "training.epochs=12",
    "training.patience=0",
    "training.batch_size=16",
    "training.learning_rate=0.01",
)


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """Songs of 40 words by 32 artists in the published files; the first word is in pop songs only."""
    root, rng = tmp_path / "msd", np.random.default_rng(0)
    root.mkdir()
    ids = [f"TRAAAAA{number:012}" for number in range(SONGS)]
    pop = np.arange(SONGS) % 3 == 0
    counts = rng.poisson(0.5, (SONGS, 40))
    counts[:, 0], counts[:, 1] = np.where(pop, 4, 0), 1
    lines = ["%" + ",".join(f"w{n}" for n in range(40))]
    for number, (track, row) in enumerate(zip(ids, counts, strict=True)):
        lines.append(",".join([track, str(number), *(f"{n + 1}:{count}" for n, count in enumerate(row) if count)]))
    (root / "mxm_dataset_train.txt").write_text("\n".join(lines) + "\n")
    songs = [f"{track}<SEP>SO{track}<SEP>artist {n // 5}<SEP>title {n}" for n, track in enumerate(ids)]
    (root / "unique_tracks.txt").write_text("\n".join(songs) + "\n")
    (root / "tracks_per_year.txt").write_text(
        "\n".join(f"{1960 + n % 50}<SEP>{t}<SEP>a<SEP>b" for n, t in enumerate(ids))
    )
    tags = ["pop", "pop rock", "ballad", "seen live"]
    given = [(n + 1, 1) for n in range(SONGS) if pop[n]] + [(n + 1, 4) for n in range(SONGS - 20)]
    given += [(n + 1, 2 + int(k)) for n in range(SONGS) for k in np.flatnonzero(rng.random(2) < 0.3)]
    with closing(sqlite3.connect(root / "lastfm_tags.db")) as base, base:
        for table in ("tids (tid TEXT)", "tags (tag TEXT)", "tid_tag (tid INT, tag INT, val FLOAT)"):
            base.execute(f"CREATE TABLE {table}")
        base.executemany("INSERT INTO tids VALUES (?)", [(t,) for t in ids])
        base.executemany("INSERT INTO tags VALUES (?)", [(t,) for t in tags])
        base.executemany("INSERT INTO tid_tag VALUES (?, ?, 100.0)", given)
    return root


def test_it_learns_pop_from_the_published_files(published: Path, tmp_path: Path) -> None:
    run = train(Experiment.load("bow-sharing-msd", [f"collection.root={published}", *SMALL]), tmp_path / "run", seed=1)
    pop = run.scores["tasks"]["pop"]
    assert pop["roc_auc_macro"] > 0.95
    assert list(pop["per_label"]) == ["pop"], "other tags of the column are left alone"
    assert set(run.scores["tasks"]) == {"pop", "pop rock", "ballad"}
    assert run.scores["protocol"] == "grouped" and run.scores["leaks"] == []


def test_the_tasks_schemes_and_sizes_of_the_paper_are_planned(published: Path) -> None:
    plan = Study.load("bow-sharing-msd-study", [f"collection.root={published}"])
    assert len(plan.configurations) == 11
    assert len(plan.settings.sizes) == 10
    assert set(plan.tasks_of("tight / high 3-4, code")) == {"pop", "pop rock", "ballad"}
    assert set(plan.tasks_of("loose / low 1-2")) == {"pop", "loudness", "year"}
    assert set(plan.tasks_of("pop alone / low 1-2")) == {"pop"}
