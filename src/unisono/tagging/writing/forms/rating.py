"""Ratings: one to five stars, in the number that each form of tag uses."""

from __future__ import annotations

_POPM = (0, 1, 64, 128, 196, 255)  # what Windows and most players mean by 0 to 5 stars


def to_share(stars: str) -> str:
    """Stars as a share of one, as FMPS has it.

    Example:
        >>> to_share("4"), from_share("0.8")
        ('0.8', '4')
    """
    return f"{int(stars) / 5:.1f}"


def from_share(text: str) -> str:
    """Stars of a share; a text that is none is given back as it is."""
    return _stars(text, 5)


def to_percent(stars: str) -> str:
    """Stars as 0 to 100."""
    return str(int(stars) * 20)


def from_percent(text: str) -> str:
    """Stars of a percentage; a text that is none is given back as it is."""
    return _stars(text, 1 / 20)


def to_popm(stars: str) -> int:
    """Stars as the byte of a POPM frame."""
    return _POPM[int(stars)]


def from_popm(rating: int) -> str:
    """The nearest number of stars of a POPM frame's byte."""
    return str(min(range(6), key=lambda stars: abs(_POPM[stars] - rating)))


def _stars(text: str, scale: float) -> str:
    try:
        return str(round(float(text) * scale))
    except (ValueError, OverflowError):
        return text
