"""Wording: a task's answer as the texts that stand in a tag."""

from __future__ import annotations

from unisono.tasks import Answer, Given, Task
from unisono.tasks.fields import FieldSettings

COLOURS = ("Purple", "Blue", "Aqua", "Green", "Yellow", "Orange", "Red", "Pink")  # Rekordbox's, from calm to wild
LANGUAGES = {
    "ar": "ara", "cs": "ces", "da": "dan", "de": "deu", "el": "ell", "en": "eng", "es": "spa", "fi": "fin",
    "fr": "fra", "he": "heb", "hi": "hin", "hu": "hun", "it": "ita", "ja": "jpn", "ko": "kor", "nl": "nld",
    "no": "nor", "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sv": "swe", "tr": "tur", "uk": "ukr",
    "zh": "zho", "arabic": "ara", "chinese": "zho", "danish": "dan", "dutch": "nld", "english": "eng",
    "finnish": "fin", "french": "fra", "german": "deu", "greek": "ell", "hebrew": "heb", "hindi": "hin",
    "italian": "ita", "japanese": "jpn", "korean": "kor", "norwegian": "nor", "polish": "pol",
    "portuguese": "por", "russian": "rus", "spanish": "spa", "swedish": "swe", "turkish": "tur",
}  # fmt: skip
_THIRDS = ("low", "medium", "high")


def texts_of(answer: Answer, task: Task, settings: FieldSettings, field: str) -> tuple[str, ...]:
    """What is written into a field for an answer; nothing when no label applies.

    Args:
        field: a rating takes stars whatever the settings say, a language its three letters.
    """
    if task.kind == "regression":
        return tuple(_number(given, task, settings, field) for given in answer.given if given.value is not None)
    given = answer.given
    if task.kind == "distribution":
        given = tuple(sorted(given, key=lambda g: -(g.value or 0.0))[:1])
    texts = (_clean(settings.names.get(g.label, g.label)) for g in given)
    named = (LANGUAGES.get(text.lower(), text) for text in texts) if field == "language" else texts
    return tuple(dict.fromkeys(text for text in named if text))


def _number(given: Given, task: Task, settings: FieldSettings, field: str) -> str:
    value = float(given.value or 0.0)
    levels: tuple[float, ...] = tuple(getattr(task, "levels", ()))
    low, high = _range(task, levels)
    near = min(levels, key=lambda level: abs(level - value)) if levels else value
    share = min(max((near - low) / (high - low), 0.0), 1.0) if high > low else 0.0
    if field == "rating":
        return str(1 + round(4 * share))
    if settings.as_ == "1-10":
        return str(1 + round(9 * share))
    if settings.as_ == "stars":
        return "*" * (1 + round(4 * share))
    if settings.as_ == "colour":
        return COLOURS[round((len(COLOURS) - 1) * share)]
    if settings.as_ == "text":
        return _named(near, share, settings)
    return f"{near:g}" if levels else f"{value:.0f}" if high - low >= 5 else f"{value:.2f}"


def _named(value: float, share: float, settings: FieldSettings) -> str:
    """The name of the nearest level that has one; without names, low, medium or high."""
    levels = {float(level): name for level, name in settings.names.items() if _is_number(level)}
    if not levels:
        return _THIRDS[min(int(3 * share), 2)]
    return _clean(levels[min(levels, key=lambda level: abs(level - value))])


def _range(task: Task, levels: tuple[float, ...]) -> tuple[float, float]:
    given: tuple[float, float] | None = getattr(task, "range", None)
    return given or ((min(levels), max(levels)) if levels else (0.0, 1.0))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _clean(text: str) -> str:
    """One line without zeros: a zero separates values in every form of tag."""
    return " ".join(text.replace("\0", " ").split())
