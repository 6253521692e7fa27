"""Every row of a collection of odd, damaged and empty files is read or refused, in agreement with ffmpeg."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from unisono.errors import AudioError
from unisono.inputs.hearing import decode

FAITHFUL = 0.12  # seconds that two decoders may differ by
REASONS = (  # why a file that ffmpeg decodes is not taken as it is
    "outside 4-384 kHz",  # no sample rate of music: 1 kHz
    "is DSD of 5.6 MHz",
    "that its header promises",  # truncated
    "breaks off in the middle",  # truncated
    "cannot be read to its end",  # truncated or damaged
)


@pytest.mark.parametrize("inventory", ["formats/inventory.csv", "formats/mutagen/inventory.csv"])
def test_every_row_agrees_with_ffmpeg_or_says_why_not(inventory: str, real_data: Path):
    with (real_data / inventory).open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) >= 100
    folder = (real_data / inventory).parent
    odd = [f"{row['file']}: {found}" for row in rows if (found := disagreement(folder / row["file"], row))]
    assert odd == []


@pytest.mark.parametrize(
    ("file", "found"),
    [
        ("beets/full.wma", "is WMA, but no sound follows its header of 3,781 bytes"),
        ("beets/full.dsf", "is DSD of 5.6 MHz, which is heard at 705.6 kHz, more than 384 kHz"),
        ("mutagen/5644800-2ch-s01-silence.dff", "is DSD of 5.6 MHz, which is heard at 705.6 kHz, more than 384 kHz"),
        ("picard/test.ofr", "is OptimFROG, which cannot be read"),
        ("taglib/longloop.ape", "begins like Monkey's Audio (APE), but what follows cannot be read as sound"),
    ],
)
def test_the_reason_says_what_the_file_is(file: str, found: str, real_data: Path):
    with pytest.raises(AudioError) as refused:
        decode(real_data / "formats" / file)
    assert refused.value.found == found


def disagreement(path: Path, row: dict[str, str]) -> str:
    """How our reading differs from ffmpeg's without a reason given; "" where it does not."""
    seconds = float(row["decoded_sec"] or 0)
    try:
        sound = decode(path)
    except AudioError as error:
        known = seconds == 0 or any(reason in str(error) for reason in REASONS)
        return "" if known else f"refused but ffmpeg decodes {seconds} s: {error}"
    held = len(sound.waveform) / sound.sample_rate
    if sound.damage:
        known = any(reason in sound.damage for reason in REASONS)
        return "" if known else f"damage without a known reason: {sound.damage}"
    cut_by_inventory = seconds == 60.0 and held > 60.0  # the inventory decoded one minute at most
    return "" if abs(held - seconds) < FAITHFUL or cut_by_inventory else f"{held:.2f} s but ffmpeg decodes {seconds} s"
