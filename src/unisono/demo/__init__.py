"""The demo: a small music collection from our own synthesiser, and the whole story told with it.

`render` makes the collection (numpy and soundfile only), `render_dj` one with a DJ's five tasks; the sounds they
are made of serve tests, too.
The story itself is `unisono.demo.story`.
"""

from unisono.demo.dj_library import render_dj
from unisono.demo.genres import GENRES, INTROS, SITUATIONS
from unisono.demo.library import render
from unisono.demo.sounds import SAMPLE_RATE, chord, clicks, noise, save, tone

__all__ = [
    "GENRES",
    "INTROS",
    "SAMPLE_RATE",
    "SITUATIONS",
    "chord",
    "clicks",
    "noise",
    "render",
    "render_dj",
    "save",
    "tone",
]
