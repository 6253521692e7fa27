"""Keys: a short name for everything that an input's settings and what it learned decide."""

from __future__ import annotations

import hashlib

from pydantic import BaseModel


def key_of(settings: BaseModel) -> str:
    """A name that two inputs share only when all their fields are equal."""
    return hashlib.sha256(settings.model_dump_json().encode()).hexdigest()[:32]
