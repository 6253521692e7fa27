"""What the networks of Choi et al. (2017) hear: a mel spectrum in decibels, as each of the two was trained with."""

from __future__ import annotations

import numpy as np

from unisono.inputs.hearing import BankShape, Stft, mel_bank, mel_spectrum
from unisono.inputs.hearing.resampling import Waveform
from unisono.inputs.hearing.spectrum import Mels, decibels, standardised
from unisono.inputs.pretrained.choi_weights import Kind

SAMPLE_RATE = 12_000
_HOP, _FRAME = 256, 512
_STFT = Stft(_FRAME, _HOP, centred=False)
_TOP_DB = 80.0


def heard(waveform: Waveform, kind: Kind, shift: float = 0.0) -> Mels:
    """The picture of a sound that a network looks at.

    Decibels below the loudest number of this sound alone; the published code took the loudest of a whole batch.

    Args:
        waveform: mono at 12 kHz.
        shift: semitones by which it is heard higher than it is.
    Shape: (samples,) -> (96, frames), frames = samples / 256 rounded up
    """
    frames = -(-len(waveform) // _HOP)
    before = _zeros_before(len(waveform), frames, kind)
    padded = np.zeros((frames - 1) * _HOP + _FRAME, np.float32)
    padded[before : before + len(waveform)] = waveform[: len(padded) - before]
    bank = mel_bank(BankShape(SAMPLE_RATE, _FRAME, 96, 0.0, SAMPLE_RATE / 2, shift=shift))
    mel = mel_spectrum(padded, _STFT, bank)
    levels = decibels(mel, 2, True, _TOP_DB)
    return standardised(levels) if kind == "keras" else levels


def _zeros_before(samples: int, frames: int, kind: Kind) -> int:
    if kind == "theano":
        # half a frame, and one more: Theano turns the window round, whose zero then comes last instead of first
        return _FRAME // 2 + 1
    return ((frames - 1) * _HOP + _FRAME - samples) // 2
