"""The course of a sound in time."""

import numpy as np
import pytest

from unisono.inputs.hearing.course import PARTS, RANGES, WIDTH, course


def sound(levels: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """32 bands that all have the level of their frame, those of the upper half 10 dB less."""
    frames = np.array(levels, np.float32)
    bands = np.tile(frames, (32, 1))
    bands[16:] -= 10
    return bands, frames


def test_parts_follow_the_sound_and_not_the_silence_around_it() -> None:
    steps = [-30.0, -25, -20, -15, -10, -5, -3, 0]
    note = [level for level in steps for _ in range(4)]
    alone = course(*sound(note))
    framed = course(*sound([-90.0] * 5 + note + [-90.0] * 9))

    spectra, loud, below, when = np.split(alone, [PARTS * RANGES, PARTS * RANGES + PARTS, WIDTH - 4])
    np.testing.assert_allclose(loud, steps)
    np.testing.assert_allclose(below, steps)
    np.testing.assert_allclose(spectra.reshape(PARTS, RANGES)[:, 0], steps)
    np.testing.assert_allclose(spectra.reshape(PARTS, RANGES)[:, -1], np.array(steps) - 10)
    np.testing.assert_allclose(when, [0, np.log1p(32), 28 / 32, 0], rtol=1e-6)
    np.testing.assert_array_equal(framed[:-4], alone[:-4])
    np.testing.assert_allclose(framed[-4:], [np.log1p(5), np.log1p(32), 28 / 32, 0], rtol=1e-6)


def test_a_swelling_note_differs_from_a_fading_one_of_the_same_mean() -> None:
    swelling = [-float(i) for i in range(16)][::-1]
    up, down = course(*sound(swelling)), course(*sound(swelling[::-1]))

    assert up[PARTS * RANGES] < up[PARTS * RANGES + PARTS - 1] - 5
    assert down[PARTS * RANGES] > down[PARTS * RANGES + PARTS - 1] + 5


@pytest.mark.parametrize("frames", [1, 3, 7])
def test_sounds_shorter_than_the_parts_have_finite_numbers(frames: int) -> None:
    found = course(*sound([-3.0] * frames))

    assert found.shape == (WIDTH,)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[PARTS * RANGES : PARTS * RANGES + PARTS], -3)
