"""The demo: a small music collection from our own synthesiser, and the whole story told with it.

`render` makes the collection (numpy and soundfile only); the sounds it is made of serve tests, too.
The story itself is `unisono.demo.story`.
"""

from unisono.demo.genres import GENRES, INTROS, SITUATIONS
from unisono.demo.library import render
from unisono.demo.sounds import SAMPLE_RATE, chord, clicks, noise, save, tone

__all__ = ["GENRES", "INTROS", "SAMPLE_RATE", "SITUATIONS", "chord", "clicks", "noise", "render", "save", "tone"]
