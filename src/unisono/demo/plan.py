"""Who plays what: fictitious artists, their tracks, and what an imaginary listener would tag them with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from unisono.demo.genres import INTROS, SITUATIONS, Genre
from unisono.demo.lyrics import mood, write_lyrics

_WORDS = {
    "syllables": "ka lo mi ren tas vel zu nor dia sho pel ari bex con dru eva fin gol hux ive jan kor lum mar nix oth",
    "colours": "Amber Velvet Neon Silver Paper Hollow Crystal Distant Broken Golden Static Quiet Electric Lunar Marble",
    "things": "Harbour Garden Signal Mirror Letter Engine Island Ladder Window Rocket Meadow Tunnel Lantern Parade "
    "Canyon Orchard Antenna Compass Feather Station",
}
_SYLLABLES, _COLOURS, _THINGS = (words.split() for words in _WORDS.values())


@dataclass(frozen=True)
class Artist:
    """A fictitious artist: the same instruments, voice, era and taste in every track.

    Args:
        seed: of everything that makes up the artist's sound.
        energy: the artist's typical energy between 0 and 1.
        heard: what the listener adds to this artist's energy tag, whatever the track sounds like.
    """

    name: str
    genre: Genre
    seed: int
    year: int
    energy: float
    heard: float


@dataclass(frozen=True)
class Plan:
    """One track before it is rendered.

    Args:
        seed: of what is chosen while it is played.
        tempo: in beats a minute.
        energy: how loud, dense and bright it is played, between 0 and 1.
        tagged_energy: what the listener writes down, 100 to 400 in steps of 25.
        lyrics: empty for an instrumental.
    """

    artist: Artist
    title: str
    seed: int
    tempo: float
    major: bool
    year: int
    energy: float
    intro: str
    tagged_energy: int
    situation: tuple[str, ...]
    lyrics: str


def plan_artists(count: int, genres: Sequence[Genre], rng: Generator, taken: Sequence[str] = ()) -> list[Artist]:
    """Artists, the genres in turn.

    Args:
        taken: names that others bear already.
    """
    names = set(taken)
    artists = []
    for number in range(count):
        genre = genres[number % len(genres)]
        name = _new_name(names, rng)
        names.add(name)
        artists.append(
            Artist(
                name,
                genre,
                seed=int(rng.integers(2**31)),
                year=int(rng.integers(1986, 2024)),
                energy=float(np.clip(genre.energy + rng.normal(0, 0.15), 0.08, 0.92)),
                heard=float(rng.normal(0, 15)),
            )
        )
    return artists


def plan_tracks(count: int, artists: Sequence[Artist], rng: Generator) -> list[Plan]:
    """Tracks of these artists in random order, their genres equally often; some artists have many more than others."""
    owners = _owners(count, artists, rng)
    intros = rng.permutation(np.resize(INTROS, count))  # equally often, whatever the genre
    titles: set[str] = set()
    genres = [artist.genre for artist in artists]
    plans = []
    for owner, intro in zip(rng.permutation(count), intros, strict=True):
        artist = owners[owner]
        if rng.random() < 0.07:  # nobody plays one genre all their life
            artist = replace(artist, genre=genres[rng.integers(len(genres))])
        plans.append(_plan_track(artist, str(intro), _new_title(titles, rng), rng))
        titles.add(plans[-1].title)
    return plans


def _owners(count: int, artists: Sequence[Artist], rng: Generator) -> list[Artist]:
    """Whose each track is: of every genre's artists each has one, as far as there are enough, and some have more."""
    names = list(dict.fromkeys(artist.genre.name for artist in artists))
    owners: list[Artist] = []
    for number, name in enumerate(names):
        members = [artist for artist in artists if artist.genre.name == name]
        wanted = len(range(number, count, len(names)))
        more = max(wanted - len(members), 0)
        often = rng.choice(len(members), more, p=rng.dirichlet(np.full(len(members), 6.0)))
        owners += [*members[:wanted], *(members[k] for k in often)]
    return owners


def _plan_track(artist: Artist, intro: str, title: str, rng: Generator) -> Plan:
    genre = artist.genre
    energy = float(np.clip(artist.energy + rng.normal(0, 0.2), 0, 1))
    tagged = 100 + 300 * energy + artist.heard + rng.normal(0, 10)
    major = bool(rng.random() < genre.major)
    year = artist.year + int(rng.integers(-3, 4))
    sung = intro == "aca-in" or rng.random() < genre.sung
    return Plan(
        artist,
        title,
        seed=int(rng.integers(2**31)),
        tempo=float(rng.uniform(*genre.tempo)),
        major=major,
        year=year,
        energy=energy,
        intro=intro,
        tagged_energy=int(np.clip(25 * round(tagged / 25), 100, 400)),
        situation=_situations(genre.name, energy, major, year, rng),
        lyrics=write_lyrics(genre.name, mood(energy, major), rng) if sung else "",
    )


def _situations(genre: str, energy: float, major: bool, year: int, rng: Generator) -> tuple[str, ...]:
    """Where the listener would play it: chances that follow energy, genre, key and year."""
    sure = {
        "warmup": 2.2 - ((energy - 0.42) / 0.1) ** 2,
        "lounge": 16 * (0.33 - energy) + 2 * (genre == "hip-hop"),
        "summer": -3.2 + 3.2 * (genre == "reggaeton") + 1.0 * (genre == "house") + 2.2 * major,
        "midnight": 14 * (energy - 0.58),
        "bigroom": 18 * (energy - 0.8) + 2 * (genre in ("techno", "drum and bass")),
        "throwback": (1999 - year) / 1.5,
    }
    return tuple(name for name in SITUATIONS if rng.random() < 1 / (1 + np.exp(-sure[name])))


def _new_name(names: set[str], rng: Generator) -> str:
    while True:
        words = ["".join(rng.choice(_SYLLABLES, rng.integers(2, 4))).capitalize() for _ in range(rng.integers(1, 3))]
        if (name := " ".join(words)) not in names:
            return name


def _new_title(titles: set[str], rng: Generator) -> str:
    while True:
        title = f"{rng.choice(_COLOURS)} {rng.choice(_THINGS)}"
        if len(titles) > 200 or title in titles:
            title += f" {rng.integers(2, 1000)}"
        if title not in titles:
            return title
