"""The demo's five genres: tempo, drum pattern, bass line and mood, one bar of sixteen steps each.

In a pattern `x` is a loud hit, `o` a soft one, `+` one that only energetic tracks play, `.` a rest.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Genre:
    """How a genre is played.

    Args:
        tempo: slowest and fastest, in beats a minute.
        swing: delay of every second step, in steps.
        energy: its typical energy between 0 and 1.
        major: share of tracks in a major key.
        sung: share of tracks with a voice.
        kick_hz: where its bass drum ends up; `kick_seconds` until it has fallen to a third.
        snare_hz: pitch of the drum under the rattle; `rattle` is the noise's share.
        hat_hz: lowest frequency of its hats.
        slope: how fast the harmonics of chords and melody fall; large is dull.
        bass_octave: of the bass line's root.
    """

    name: str
    tempo: tuple[float, float]
    kick: str
    snare: str
    hat: str
    bass: str
    swing: float
    energy: float
    major: float
    sung: float
    kick_hz: float
    kick_seconds: float
    snare_hz: float
    rattle: float
    hat_hz: float
    slope: float
    bass_octave: int = 1


GENRES = (
    Genre(
        "house", (117, 128), swing=0.12, energy=0.5, major=0.6, sung=0.8,
        kick="x...x...x...x...",
        snare="....x..+....x..+",
        hat="..x.+.x...x.+.x.",
        kick_hz=54, kick_seconds=0.11, snare_hz=190, rattle=0.85, hat_hz=6500, slope=1.3,
        bass="..x...x...x..ox.",
    ),
    Genre(
        "techno", (125, 138), swing=0.0, energy=0.65, major=0.1, sung=0.45,
        kick="x...x...x...x...",
        snare="....+.......o...",
        hat="o.x+o.x+o.x+o.x+",
        kick_hz=47, kick_seconds=0.16, snare_hz=240, rattle=0.95, hat_hz=8000, slope=0.8,
        bass=".oxo.oxo.oxo.oxo",
    ),
    Genre(
        "drum and bass", (167, 177), swing=0.0, energy=0.7, major=0.25, sung=0.7,
        kick="x.........x..+..",
        snare="....x..+.+..x...",
        hat="x.o.x.o.x.o.x.o.",
        kick_hz=66, kick_seconds=0.07, snare_hz=210, rattle=0.6, hat_hz=7000, slope=1.0,
        bass="x.......o.x.....",
        bass_octave=0,
    ),
    Genre(
        "hip-hop", (82, 99), swing=0.3, energy=0.35, major=0.35, sung=0.95,
        kick="x..o......x.+...",
        snare="....x.......x..+",
        hat="o.o+o.o.o.o+o.o.",
        kick_hz=43, kick_seconds=0.24, snare_hz=165, rattle=0.5, hat_hz=4500, slope=1.7,
        bass="x..o......x.....",
        bass_octave=0,
    ),
    Genre(
        "reggaeton", (87, 103), swing=0.0, energy=0.5, major=0.5, sung=0.95,
        kick="x...x...x...x...",
        snare="...x..x....x..x.",
        hat="o.+.o.+.o.+.o.+.",
        kick_hz=58, kick_seconds=0.09, snare_hz=320, rattle=0.3, hat_hz=5500, slope=1.5,
        bass="x..o..x.x..o..x.",
    ),
)  # fmt: skip

INTROS = ("no intro", "drum-in", "aca-in", "fade-in")  # how a track begins: all at once, drums, voice alone, swelling
SITUATIONS = ("warmup", "lounge", "summer", "midnight", "bigroom", "throwback")
