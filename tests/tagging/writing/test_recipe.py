"""Recipes: the exact old bytes out of the new ones, in few bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from unisono.tagging.writing.anatomy import Damaged, pour
from unisono.tagging.writing.recipe import gives, recipe_of, segments_of

NOISE = np.random.default_rng(0).integers(0, 256, 200_000, dtype=np.uint8).tobytes()
PAGES = b"".join(b"OggS" + bytes([n]) * 23 + NOISE[n * 400 : (n + 1) * 400] for n in range(200))
RENUMBERED = b"".join(b"OggS" + bytes([n + 1]) * 23 + NOISE[n * 400 : (n + 1) * 400] for n in range(200))
CASES = {
    "tag before the sound": (b"old tag" + NOISE, b"a new and longer tag" * 40 + NOISE),
    "tag behind it": (NOISE + b"old tag", NOISE + b"new" * 500),
    "size in the head, tag behind": (b"RIFF\1\2\3\4" + NOISE + b"old", b"RIFF\5\6\7\x08" + NOISE + b"newer"),
    "a cover moved": (b"a" * 99 + NOISE[:9000] + b"z" * 50 + NOISE[9000:], NOISE[:9000] + b"y" * 70 + NOISE[9000:]),
    "pages renumbered": (b"old" + PAGES, b"newer tag" + RENUMBERED),
    "nothing in common": (NOISE[:5000], NOISE[100_000:110_000]),
    "silence": (b"t" + bytes(50_000), b"tag" + bytes(50_000)),
    "empty before": (b"", b"new"),
    "empty after": (b"old", b""),
    "the same": (NOISE, NOISE),
}


@pytest.mark.parametrize("name", CASES)
def test_the_old_file_comes_back(tmp_path: Path, name: str) -> None:
    old, new = (tmp_path / "old", tmp_path / "new")
    for path, data in zip((old, new), CASES[name], strict=True):
        path.write_bytes(data)
    with old.open("rb") as a, new.open("rb") as b:
        recipe = recipe_of(a, b)
        assert gives(recipe, b, a)
        with (tmp_path / "back").open("wb") as back:
            pour(b, back, segments_of(recipe))
    assert (tmp_path / "back").read_bytes() == CASES[name][0]
    if name != "nothing in common":
        assert len(recipe) < 1000 + len(CASES[name][0]) // 20


def test_a_recipe_for_another_file_is_found_out(tmp_path: Path) -> None:
    old, new, other = (tmp_path / name for name in ("old", "new", "other"))
    old.write_bytes(b"old" + NOISE)
    new.write_bytes(b"newer" + NOISE)
    other.write_bytes(b"old" + NOISE[:-1] + b"?")
    with old.open("rb") as a, new.open("rb") as b, other.open("rb") as c:
        assert not gives(recipe_of(a, b), b, c)


def test_a_damaged_recipe_is_told() -> None:
    with pytest.raises(Damaged, match="the journal's recipe"):
        list(segments_of(b"no"))
