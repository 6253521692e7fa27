"""What the songs of sung.py give away: language and artist by plain statistics, with voice and band, or one of them.

    python bench/sung_controls.py [FOLDER ...]

The folders are what `python bench/sung.py FOLDER` renders, also with `--without voice` and `--without band`; if none is
named, small ones are rendered and thrown away. Logistic regression hears mean and deviation of 96 mel bands of each
song. It is judged on songs of artists that teach ("by song": every artist's first song is left out, then the second
...) and on artists who do not ("by artist": every language's first artist is left out, then the second ...). The band
alone must not tell the language of an artist who was left out; the words must not tell the artist.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
import sung
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from unisono.collection import CollectionSettings, load
from unisono.inputs.mel import Mel

HEARD = Mel(sample_rate=16_000, n_fft=512, hop_length=256, duration=24, min_duration=0.5)
LINES = 8  # of a song, about as many as are sung in 24 s
SONGS = 40  # of each artist whose words are looked at: they cost nothing


def statistics(folder: Path) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.str_]]:
    """Of every song: means and deviations of the bands, language, artist."""
    collection = load(CollectionSettings(dataset="regional_indian", root=str(folder)), Path())
    mels = [HEARD.read(track)[0]["mel"] for track in collection.tracks]
    rows = np.array([np.concatenate([mel.mean(axis=1), mel.std(axis=1)]) for mel in mels], np.float64)
    labels = [np.array([track.values[name] for track in collection.tracks]) for name in ("language", "artist")]
    return rows, labels[0], labels[1]


def accuracy(rows: NDArray[np.float64], labels: NDArray[np.str_], left_out: NDArray[np.int_]) -> float:
    """Share of right answers when each number in turn is left out."""
    right = []
    for number in np.unique(left_out):
        teach = left_out != number
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
        right.append(model.fit(rows[teach], labels[teach]).predict(rows[~teach]) == labels[~teach])
    return float(np.concatenate(right).mean())


def turns(artists: NDArray[np.str_], languages: NDArray[np.str_]) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Number of each song of its artist, and of each artist of its language."""
    song = np.array([int((artists[:i] == artists[i]).sum()) for i in range(len(artists))])
    place = np.zeros(len(artists), int)
    for language in np.unique(languages):
        for number, artist in enumerate(dict.fromkeys(artists[languages == language].tolist())):
            place[artists == artist] = number
    return song, place


def tell_sound(name: str, folder: Path) -> None:
    """Print how well plain statistics do."""
    rows, languages, artists = statistics(folder)
    song, place = turns(artists, languages)
    chance = 1 / len(np.unique(languages)), 1 / len(np.unique(artists))
    print(f"{name}, {len(rows)} songs")
    print(f"  language, by artist {accuracy(rows, languages, place):.3f} (chance {chance[0]:.3f})")
    print(f"  language, by song   {accuracy(rows, languages, song):.3f} (chance {chance[0]:.3f})")
    print(f"  artist, by song     {accuracy(rows, artists, song):.3f} (chance {chance[1]:.3f})")


def tell_words(seed: int = 0) -> None:
    """Print how well the words of a song tell the artist among those of the language, and the language."""
    texts, languages, artists, songs = [], [], [], []
    for who in sung.performers(len(sung.LANGUAGES), 4, seed):
        for song in range(SONGS):
            texts.append(" ".join(sung.text_of(who, song, seed, LINES)))
            languages.append(who.language.name)
            artists.append(who.name)
            songs.append(song)
    rows = CountVectorizer(token_pattern=r"\S+").fit_transform(texts).toarray().astype(np.float64)
    names, left_out = np.array(artists), np.array(songs)
    each = [
        accuracy(rows[mine], names[mine], left_out[mine]) for mine in (np.array(languages) == n for n in set(languages))
    ]
    print("words")
    print(f"  artist among the language's four, by song {np.mean(each):.3f} (chance 0.250)")
    print(f"  no two songs have the same text: {len(set(texts)) == len(texts)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", metavar="FOLDER")
    folders = parser.parse_args().folders
    if not sung.there():
        print(sung.ABSENT, file=sys.stderr)
        return 1
    for folder in folders:
        tell_sound(folder, Path(folder))
    for without in (None, "voice", "band") if not folders else ():
        with tempfile.TemporaryDirectory() as made:
            list(sung.render(Path(made), sung.Size(songs=3, seconds=6.0), without=without))
            tell_sound(f"without {without}" if without else "songs", Path(made))
    tell_words()
    return 0


if __name__ == "__main__":
    sys.exit(main())
