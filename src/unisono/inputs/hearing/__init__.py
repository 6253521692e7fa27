"""From a sound file to a mono waveform and its spectrum: decoding, limits, resampling, STFT, mel filter bank."""

from unisono.inputs.hearing.decoding import Sound, SoundStream, decode, open_sound
from unisono.inputs.hearing.limits import Limits, Part
from unisono.inputs.hearing.mel_scale import BankShape, MelScale, Norm, mel_bank
from unisono.inputs.hearing.resampling import Resampler, resample, resampled
from unisono.inputs.hearing.spectrum import Stft, mel_spectrum

__all__ = [
    "BankShape", "Limits", "MelScale", "Norm", "Part", "Resampler", "Sound", "SoundStream",
    "Stft", "decode", "mel_bank", "mel_spectrum", "open_sound", "resample", "resampled",
]  # fmt: skip
