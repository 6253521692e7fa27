"""Made-up word counts with tags and years, in the layout of the recipes that read them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

_WORDS = {"blues": "sad", "rock": "guitar", "jazz": "club", "pop": "dance", "country": "truck"}
_HELPERS = ("violence", "romantic", "sadness", "danceability")


@pytest.fixture(scope="session")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 songs with counts of 40 words; the first word is in pop songs only, and the tags stand in another order."""
    folder, rng = tmp_path_factory.mktemp("counted"), np.random.default_rng(0)
    pop = np.arange(160) % 3 == 0
    counts = rng.poisson(0.5, (160, 40)).astype(np.float32)
    counts[:, 0] = np.where(pop, 4, 0)
    scipy.sparse.save_npz(folder / "bow_csr.npz", scipy.sparse.csr_array(counts))
    labels = [f"TR{i},{1960 + i % 50 if i % 4 else ''}" for i in range(160)]
    (folder / "labels.csv").write_text("\n".join(["track_id,year", *labels]) + "\n")
    others = rng.integers(0, 2, (160, 4))
    tags = [f"TR{i},{int(pop[i])},{','.join(map(str, others[i]))}" for i in rng.permutation(160) if i % 10]
    header = "track_id,pop,rock,alternative,80s,dance"
    (folder / "lastfm50_tags_subset.csv").write_text("\n".join([header, *tags]) + "\n")
    return folder


@pytest.fixture(scope="session")
def five_genres(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """150 songs of five genres in the three tables of system 000's recipes; the helpers are known for every third."""
    folder, rng = tmp_path_factory.mktemp("songs"), np.random.default_rng(0)
    with (folder / "songs.csv").open("w", newline="") as songs, (folder / "songs-all-columns.csv").open("w") as known:
        writer = csv.writer(songs)
        writer.writerow(["row", "artist_name", "track_name", "release_date", "genre", "lyrics"])
        known.write(f"row,{','.join(_HELPERS)}\n")
        for i in range(150):
            genre = [*_WORDS][i % 5]
            lyrics = " ".join([*rng.choice(["river", "heart", "street", "rain"], 7), _WORDS[genre]])
            writer.writerow([i, f"artist {i // 5}", f"track {i}", 1960 + i % 50, genre, lyrics])
            if i % 3 == 0:
                known.write(f"{i},{','.join(str(value) for value in rng.random(4).round(3))}\n")
    (folder / "near-duplicates.csv").write_text("row,near_dup_cluster\n" + "".join(f"{i},{i}\n" for i in range(150)))
    return folder
