"""Fictitious lyrics: lines of words that a genre and a mood like to use."""

from __future__ import annotations

from numpy.random import Generator

_BY_GENRE = {
    "house": "love body music feeling higher tonight groove soul together dancefloor rhythm lift glow holding forever",
    "techno": "machine signal dark steel pulse zero system strobe concrete current static wire engine grey loop",
    "drum and bass": "fire jungle roll heavy danger selector speed thunder rewind badman burning storm breaker siren",
    "hip-hop": "street block money city mic crew hustle corner pocket story homie grind paper respect neighbourhood",
    "reggaeton": "caliente baile fuego cintura beach noche perreo mami corazon ritmo playa loca dale sabor luna",
}
_BY_MOOD = {
    "calm": "slow quiet dreaming moon breeze window soft whisper floating blue candle morning drifting velvet rain",
    "bright": "sun summer smile golden ocean holiday laughing sky flowers open sweet sunshine colours june paradise",
    "wild": "jump louder shout crowd scream hands bass explode running power wake crazy lightning faster higher",
    "sombre": "lonely shadow cold leaving tears broken empty midnight ghost goodbye lost silence falling winter grave",
}
_EVERYWHERE = (
    "i you we me my your and the to in on with all never always time night day heart eyes way know feel want go come "
    "baby world life one light hear mind"
)


def mood(energy: float, major: bool) -> str:
    """The word list that fits how a track sounds."""
    if energy > 0.65:
        return "wild"
    if major:
        return "bright"
    return "calm" if energy < 0.4 else "sombre"


def write_lyrics(genre: str, mood: str, rng: Generator) -> str:
    """Two verses and a chorus that comes twice; lines are parted by " / ".

    Args:
        genre: name of one of the demo's genres.
        mood: calm, bright, wild or sombre.
    """
    lists = [_EVERYWHERE.split(), _BY_GENRE[genre].split(), _BY_MOOD[mood].split()]
    strangers = [word for name, words in _BY_GENRE.items() if name != genre for word in words.split()]
    lists.append(strangers)  # every genre borrows now and then

    def line() -> str:
        kinds = rng.choice(4, size=rng.integers(5, 8), p=[0.66, 0.13, 0.14, 0.07])
        return " ".join(str(rng.choice(lists[kind])) for kind in kinds)

    def part() -> list[str]:
        return [line() for _ in range(3)]

    chorus = part()
    return " / ".join([*part(), *chorus, *part(), *chorus])
