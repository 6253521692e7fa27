"""Renders songs in six languages: voices of espeak-ng over the demo's accompaniment, in the layout of system 002.

    python bench/sung.py [FOLDER] [--languages 6] [--artists 4] [--songs 6] [--seconds 24] [--seed 0] [--without voice]
    python bench/sung.py [FOLDER] --without band
    python bench/sung.py --scores STUDY

Songs lie as LANGUAGE_NUMBER/ARTIST_NUMBER_GENDER_VETERAN/NUMBER_SINGERS.flac: `dataset = "regional_indian"` reads them.
Without FOLDER a tiny collection is rendered, listened to and thrown away. The same seed gives the same files. What was
heard is printed by artist: loudness, silence, voice against accompaniment, pitch. `--scores` prints what a study of it
says by song and by segment.

An artist is a voice (variant, range, speed, vibrato) and a band of one of the demo's genres. What must not be told:

* the artist by the words: all songs of a language draw their lines from the same 36 phrases with equal chances;
* the language by the accompaniment or the voice: the first artist of every language plays the first genre, the second
  the second, and so on; ranges, ages of the recording and genders likewise; variants go round.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from _sung_lines import LANGUAGES, Language, write_line
from _sung_scores import tell as tell_scores
from _sung_voice import ABSENT, Singer, pitch_of, sing, spoken, sung_word, there
from numpy.random import Generator

from unisono.demo import GENRES, save
from unisono.demo.arrangement import key_of, play_track
from unisono.demo.plan import Artist, Plan
from unisono.demo.sounds import Sound

__all__ = ["LANGUAGES", "Singer", "performers", "pitch_of", "render", "spoken", "sung_word", "text_of", "there"]

VARIANTS = {"f": ("f1", "f2", "f3", "f4", "f5", "linda"), "m": ("m1", "m2", "m3", "m5", "m6", "m7")}
MIDDLES = (185.0, 100.0, 225.0, 126.0)  # Hz, by the artist's place in the language
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
VOICE_DB = 6.0  # of the voice where it sings, over the accompaniment
_SYLLABLES = "Ka Lo Mi Ren Tas Vel Zu Nor Dia Sho Pel Ari Bex Con Dru Eva".split()  # noqa: SIM905


@dataclass(frozen=True)
class Performer:
    """An artist: who sings, who plays, and where the songs lie."""

    language: Language
    number: int
    name: str
    gender: str
    veteran: bool
    singer: Singer
    band: Artist


class Size(NamedTuple):
    """How much is rendered."""

    languages: int = len(LANGUAGES)
    artists: int = 4
    songs: int = 6
    seconds: float = 24.0


class Heard(NamedTuple):
    """What was measured of a song.

    Args:
        loudness: root mean square of the song, in dB of full scale.
        silent: share of half seconds below -50 dB.
        sung: share of the song in which the voice sings.
        over: voice, where it sings, over the accompaniment there, in dB.
        pitch: median of the voice, in Hz.
    """

    path: Path
    language: str
    artist: str
    loudness: float
    silent: float
    sung: float
    over: float
    pitch: float


def performers(languages: int, artists: int, seed: int) -> list[Performer]:
    """Every artist of every language."""
    found: list[Performer] = []
    for at, language in enumerate(LANGUAGES[:languages]):
        for place in range(artists):
            rng = np.random.default_rng([seed, at, place])
            gender, number = "fm"[place % 2], len(found)
            variants = VARIANTS[gender]
            singer = Singer(
                f"{language.voice}+{variants[(2 * at + place // 2 + at // 3) % len(variants)]}",
                speed=int(rng.integers(85, 116)),
                middle=float(MIDDLES[place % 4] * 2 ** (rng.uniform(-1, 1) / 12)),
                vibrato=float(rng.uniform(0.05, 0.5)),
                swing=float(rng.uniform(4.5, 6.5)),
            )
            veteran = place % 4 >= 2
            name = _SYLLABLES[number % 16] + _SYLLABLES[(5 * number + number // 16 + 3) % 16].lower()
            year = int(rng.integers(1984, 1992) if veteran else rng.integers(2012, 2022))
            genre = GENRES[place % len(GENRES)]
            band = Artist(name, genre, int(rng.integers(2**31)), year, energy=genre.energy, heard=0.0)
            found.append(Performer(language, number, name, gender, veteran, singer, band))
    return found


def perform(who: Performer, song: int, seconds: float, seed: int) -> tuple[Sound, Sound]:
    """The accompaniment of a song, with a root mean square of 1, and the voice at its level over it."""
    rng = np.random.default_rng([seed, who.number, song, 1])
    plan = _plan(who, rng)
    played = play_track(plan, seconds)
    scale = [(key_of(who.band) + s) % 12 for s in (MAJOR if plan.major else MINOR)]
    singer = replace(who.singer, middle=who.singer.middle * float(2 ** (rng.uniform(-0.5, 0.5) / 12)))
    sung = sing(singer, _lines(who, song, seed), scale, 60 / plan.tempo, len(played), rng)
    return played / _rms(played), 10 ** (VOICE_DB / 20) * sung


def render(folder: Path, size: Size | None = None, seed: int = 0, without: str | None = None) -> Iterator[Heard]:
    """Write all songs, and tell of each what was measured.

    Args:
        without: "voice" or "band": what is left out; the rest is the same.
    Raises: RuntimeError when espeak-ng is not there.
    """
    size = size or Size()
    if not there():
        raise RuntimeError(ABSENT)
    for who in performers(size.languages, size.artists, seed):
        at = LANGUAGES.index(who.language)
        home = folder / f"{who.language.name}_{at:02}" / f"{who.name}_{who.number:02}_{who.gender}_{who.veteran:d}"
        home.mkdir(parents=True, exist_ok=True)
        for song in range(size.songs):
            played, sung = perform(who, song, size.seconds, seed)
            mixed = {None: played + sung, "voice": played, "band": sung}[without]
            mixed = (0.12 / _rms(mixed)) * mixed
            path = home / f"{song}_1.flac"
            save(path, np.clip(mixed, -0.99, 0.99))
            yield _heard(path, who, played, sung, mixed)


def _plan(who: Performer, rng: Generator) -> Plan:
    """A song of the artist's own genre, without the demo's voice: tempo, mode and energy are drawn."""
    return Plan(
        who.band,
        title="",
        seed=int(rng.integers(2**31)),
        tempo=float(rng.uniform(*who.band.genre.tempo)),
        major=bool(rng.integers(2)),
        year=who.band.year,
        energy=float(np.clip(who.band.energy + rng.normal(0, 0.1), 0.1, 0.9)),
        intro="no intro",
        tagged_energy=0,
        situation=(),
        lyrics="",
    )


def _heard(path: Path, who: Performer, played: Sound, sung: Sound, mixed: Sound) -> Heard:
    halves = mixed[: len(mixed) // 11025 * 11025].reshape(-1, 11025)
    there_ = sung != 0
    pitch = pitch_of(sung)
    return Heard(
        path, who.language.name, who.name,
        loudness=20 * float(np.log10(_rms(mixed))),
        silent=float(np.mean(np.sqrt((halves**2).mean(axis=1)) < 10 ** (-50 / 20))),
        sung=float(there_.mean()),
        over=20 * float(np.log10(_rms(sung[there_]) / _rms(played[there_]))) if there_.any() else float("nan"),
        pitch=float(np.median(pitch)) if len(pitch) else float("nan"),
    )  # fmt: skip


def text_of(who: Performer, song: int, seed: int, lines: int) -> list[str]:
    """The first lines of a song."""
    return [" ".join(line) for line in islice(_lines(who, song, seed), lines)]


def _lines(who: Performer, song: int, seed: int) -> Iterator[list[str]]:
    """The words of each line, without end."""
    rng = np.random.default_rng([seed, who.number, song, 2])
    while True:
        yield write_line(who.language, rng)


def _rms(sound: Sound) -> float:
    return float(np.sqrt(np.mean(sound**2)))


def tell(heard: list[Heard]) -> None:
    """Print what was measured, a line an artist."""
    print(f"{'artist':24}  songs  loudness  silent   sung   over  pitch")
    for artist in dict.fromkeys((h.language, h.artist) for h in heard):
        mine = [h for h in heard if (h.language, h.artist) == artist]
        mean = {f: float(np.mean([getattr(h, f) for h in mine])) for f in Heard._fields[3:]}
        print(
            f"{' '.join(artist):24}  {len(mine):5}  {mean['loudness']:5.1f} dB  {mean['silent']:6.1%}  "
            f"{mean['sung']:5.1%}  {mean['over']:4.1f}  {mean['pitch']:5.0f} Hz"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path)
    for name, default in (*Size()._asdict().items(), ("seed", 0)):
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--without", choices=["voice", "band"])
    parser.add_argument("--scores", metavar="STUDY", type=Path)
    args = parser.parse_args()
    if args.scores is not None:
        tell_scores(args.scores)
        return 0
    if not there():
        print(ABSENT, file=sys.stderr)
        return 1
    size = Size(args.languages, args.artists, args.songs, args.seconds)
    if args.folder is not None:
        tell(list(render(args.folder, size, args.seed, args.without)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        tell(list(render(Path(folder), size._replace(songs=1, seconds=8.0), args.seed, args.without)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
