"""Artist group factors: alike for artists alike, learned from train alone, published by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from unisono.collection import Track
from unisono.errors import LabelError, TableError
from unisono.inputs import Example, Input
from unisono.targets import compute, leak_of
from unisono.tasks.computed import ArtistGroups

Make = Callable[..., list[Track]]
NUMBERS: dict[str, Any] = {"columns": ["x", "y", "z"], "codebook": 8, "topics": 2}


def parts_of(tracks: Sequence[Track], test: Sequence[str] = ()) -> list[str]:
    """Train, but for the artists named."""
    return ["test" if t.values["artist"] in test else "train" for t in tracks]


def cosine(one: Any, other: Any) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.parametrize("source", [NUMBERS, {"labels": "styles", "topics": 2}], ids=["columns", "labels"])
@pytest.mark.parametrize("share", ["normalise", "softmax"])
def test_artists_of_a_kind_are_alike_and_others_are_not(band: Make, source: dict[str, Any], share: Any) -> None:
    tracks = band()
    done = compute(ArtistGroups(**source, share=share), tracks, parts_of(tracks), "t")
    assert done.targets.shape == (48, 2)
    np.testing.assert_allclose(done.targets.sum(axis=1), 1, rtol=1e-5)
    shares = done.factors.shares
    same = min(cosine(shares[0], shares[i]) for i in range(2, 12, 2))
    other = max(cosine(shares[0], shares[i]) for i in range(1, 12, 2))
    assert same > other + 0.2
    assert done.factors.tracks == (4,) * 12
    for track, row in zip(tracks, done.targets, strict=True):
        np.testing.assert_array_equal(row, shares[done.factors.artists.index(str(track.values["artist"]))])


def test_softmax_of_counts_is_nearly_one_hot(band: Make) -> None:
    tracks, words = band(), {**NUMBERS, "topics": 6}
    fair, published = (
        compute(ArtistGroups(**words, share=share), tracks, parts_of(tracks), "t").factors.shares.max(axis=1).mean()
        for share in ("normalise", "softmax")
    )
    assert published > 0.99 > fair


def test_no_target_that_teaches_depends_on_a_track_that_judges(band: Make) -> None:
    tracks, moved = band(), band()
    judged = ["Artist 0", "Artist 3"]
    for at, track in enumerate(moved):
        if track.values["artist"] in judged:
            moved[at] = Track(track.id, values={**track.values, "x": -50.0 - at, "y": 90.0})
    parts = np.array(parts_of(tracks, judged))
    one, other = (compute(ArtistGroups(**NUMBERS), t, parts, "t").targets for t in (tracks, moved))
    np.testing.assert_array_equal(one[parts == "train"], other[parts == "train"])
    assert not np.array_equal(one[parts == "test"], other[parts == "test"])
    naive = [compute(ArtistGroups(**NUMBERS, protocol="published"), t, parts, "t").targets for t in (tracks, moved)]
    assert not np.allclose(naive[0][parts == "train"], naive[1][parts == "train"])  # the check can fail


def test_within_an_artist_too(band: Make) -> None:
    tracks, moved = band(each=6), band(each=6)
    parts = np.array(["test" if t.id.endswith("-5") else "train" for t in tracks])
    for at in np.flatnonzero(parts == "test").tolist():
        moved[at] = Track(moved[at].id, values={**moved[at].values, "x": -50.0})
    one, other = (compute(ArtistGroups(**NUMBERS), t, parts, "t") for t in (tracks, moved))
    np.testing.assert_array_equal(one.targets, other.targets)
    assert one.factors.tracks == (5,) * 12


def test_new_artists_are_folded_in_where_their_kind_is(band: Make) -> None:
    tracks = band()
    done = compute(ArtistGroups(**NUMBERS), tracks, parts_of(tracks, ["Artist 0"]), "t")
    shares = dict(zip(done.factors.artists, done.factors.shares, strict=True))
    assert cosine(shares["Artist 0"], shares["Artist 2"]) > cosine(shares["Artist 0"], shares["Artist 1"]) + 0.2
    assert dict(zip(done.factors.artists, done.factors.learned, strict=True))["Artist 0"] is False


def test_artists_of_few_tracks_and_unknown_ones_have_no_target(band: Make) -> None:
    tracks = band()
    tracks += [Track("alone", values={**tracks[0].values, "artist": "Alone"})] * 2
    tracks += [Track(f"n{i}", values={**tracks[0].values, "artist": None}) for i in range(5)]
    targets = compute(ArtistGroups(**NUMBERS), tracks, parts_of(tracks), "t").targets
    assert not np.isnan(targets[:48]).any()
    assert np.isnan(targets[48:]).all()


def test_a_track_that_is_not_described_counts_for_nothing_but_has_its_artists_target(band: Make) -> None:
    tracks = band()
    tracks[0] = Track(tracks[0].id, values={**tracks[0].values, "x": None})
    done = compute(ArtistGroups(**NUMBERS), tracks, parts_of(tracks), "t")
    assert done.factors.tracks[0] == 3
    assert not np.isnan(done.targets[0]).any()


def test_one_artist_is_a_clear_error(band: Make) -> None:
    tracks = band()[:4]
    advice = "t: 1 artist has 3 described training tracks or more but artist group factors need at least two"
    with pytest.raises(LabelError, match=advice):
        compute(ArtistGroups(**NUMBERS), tracks, parts_of(tracks), "t")
    with pytest.raises(LabelError, match="no artist has 9 described"):
        compute(ArtistGroups(**NUMBERS, min_tracks=9), band(), parts_of(band()), "t")


def test_what_cannot_be_described_is_said(band: Make) -> None:
    tracks = band()
    with pytest.raises(LabelError, match="has 99 words but the training tracks have 48 different"):
        compute(ArtistGroups(**{**NUMBERS, "codebook": 99}), tracks, parts_of(tracks), "t")
    with pytest.raises(TableError, match=r't\.target\.artist: track .* has no column "artits".*Did you mean "artist"'):
        compute(ArtistGroups(**NUMBERS, artist="artits"), tracks, parts_of(tracks), "t")
    with pytest.raises(TableError, match=r't\.target\.labels: track .* no column "style".*Did you mean "styles"'):
        compute(ArtistGroups(labels="style"), tracks, parts_of(tracks), "t")
    with pytest.raises(TableError, match=r'no column "nope" but .* need artists\. The columns are "artist", '):
        compute(ArtistGroups(**NUMBERS, artist="nope"), tracks, parts_of(tracks), "t")
    with pytest.raises(TableError, match=r"t\.target\.columns: 48 problems, the first 20 of them") as caught:
        compute(ArtistGroups(columns=("styles",)), tracks, parts_of(tracks), "t")
    assert len(caught.value.problems) == 20 and caught.value.advice == "Leave this column out, or mend the cell."
    with pytest.raises(LabelError, match="there are 1 different labels"):
        compute(ArtistGroups(labels="styles", exclude=("metal", "noise", "folk")), tracks, parts_of(tracks), "t")


def test_the_same_again_comes_from_the_cache(band: Make, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracks = band()
    first = compute(ArtistGroups(**NUMBERS), tracks, parts_of(tracks), "t")
    monkeypatch.setattr("unisono.targets.artist_groups.fit_topics", None)  # computing it again would fail
    again = compute(ArtistGroups(**NUMBERS), tracks, parts_of(tracks), "t")
    np.testing.assert_array_equal(first.targets, again.targets)
    with pytest.raises(TypeError):
        compute(ArtistGroups(**NUMBERS), tracks, parts_of(tracks, ["Artist 1"]), "t")


def test_the_published_way_says_that_it_leaks() -> None:
    assert leak_of(ArtistGroups(**NUMBERS), "agf") == ""
    assert "targets of agf were computed from all tracks" in leak_of(
        ArtistGroups(**NUMBERS, protocol="published"), "agf"
    )


class Here:
    """Reads sound in this process; the pool of processes that does it else has tests of its own."""

    def __init__(self, inputs: dict[str, Input], tracks: Sequence[Track]) -> None:
        self._read = {(n, i): part.read(track) for n, part in inputs.items() for i, track in enumerate(tracks)}

    def has(self, name: str, index: int) -> bool:
        return bool(self._read[name, index])

    def examples(self, name: str, index: int) -> list[Example]:
        return self._read[name, index]


def test_frames_of_sound_make_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("librosa", reason="needs the extra [descriptors]")
    monkeypatch.setattr("unisono.targets.described.extract", Here)
    tracks = []
    for number in range(6):  # artists of one pitch and of another
        wave = 0.5 * np.sin(2 * np.pi * (440, 622.25)[number % 2] * np.arange(22_050) / 22_050)
        soundfile.write(tmp_path / f"{number}.wav", wave, 22_050)
        values = {"artist": f"Artist {number}"}
        tracks += [Track(f"{number}-{i}", tmp_path / f"{number}.wav", values=values) for i in range(2)]
    tracks.append(Track("dumb", values={"artist": "Artist 0"}))
    asked = ArtistGroups(frames="mfcc", codebook=2, topics=2, min_tracks=2, scaling=False, frames_a_track=9)
    done = compute(asked, tracks, parts_of(tracks), "t")
    assert done.factors.tracks == (2,) * 6
    shares = done.factors.shares
    assert cosine(shares[0], shares[2]) > 0.95 > 0.5 > cosine(shares[0], shares[1])
    np.testing.assert_array_equal(done.targets[-1], shares[0])
