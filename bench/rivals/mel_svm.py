"""The rival of the audio recipes: statistics of a log-mel spectrum by librosa, standardised, and an SVM (scikit-learn).

The folds come from the `split.csv` of the run that it is compared with.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import librosa
import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Frames:
    """How the rival hears.

    Args:
        changes: deviations of the change over so many frames are added to means and deviations.
        seconds: of each track; None hears all of it.
    """

    sample_rate: int
    n_fft: int
    hop_length: int
    n_mels: int
    changes: tuple[int, ...] = (1,)
    seconds: float | None = None


def statistics_of(path: Path, frames: Frames) -> Floats:
    """Mean and deviation of each band in dB, and the deviations of its changes.

    Shape: (n_mels * (2 + changes),)
    """
    sound, _ = librosa.load(path, sr=frames.sample_rate, duration=frames.seconds)
    mel = librosa.feature.melspectrogram(
        y=sound, sr=frames.sample_rate, n_fft=frames.n_fft, hop_length=frames.hop_length, n_mels=frames.n_mels
    )
    decibels = librosa.power_to_db(mel, top_db=None).astype(np.float64)
    found = [decibels.mean(1), decibels.std(1)]
    for lag in frames.changes:
        moved = decibels[:, lag:] - decibels[:, :-lag]
        found.append(moved.std(1) if moved.shape[1] else np.zeros(frames.n_mels))
    return np.concatenate(found)


def folds_of(split: Path, ids: Sequence[str]) -> NDArray[np.int64]:
    """The number of the fold in whose test part each track is; -1 for a track that the run left out."""
    fold: dict[str, int] = {}
    with split.open(encoding="utf-8", newline="") as stream:
        for line in csv.DictReader(stream):
            if line["part"] == "test":
                fold[line["id"]] = int(line["fold"])
    return np.array([fold.get(name, -1) for name in ids])


def predicted(features: Floats, answers: NDArray[Any], folds: NDArray[np.int64], c: float) -> NDArray[Any]:
    """Answers for each fold by a machine that saw the other folds: classes for text, numbers for numbers."""
    numbers = answers.dtype.kind == "f"
    found = answers.copy()
    for fold in np.unique(folds):
        train, test = folds != fold, folds == fold
        mean, deviation = (answers[train].mean(), answers[train].std()) if numbers else (0.0, 1.0)
        machine = make_pipeline(StandardScaler(), SVR(C=c) if numbers else SVC(C=c))
        machine.fit(features[train], (answers[train] - mean) / deviation if numbers else answers[train])
        told = machine.predict(features[test])
        found[test] = told * deviation + mean if numbers else told
    return found
