"""The rival of `lyrics_genre.py`: TF-IDF of words and pairs of words, then logistic regression (scikit-learn).

It reads the table itself and takes only the parts of the split from the run that it is compared with.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.preprocessing import StandardScaler

from unisono.inputs.reading.form import form_of

ARTEFACT = "lyric commercial"


@dataclass(frozen=True)
class Songs:
    """The songs of a split.

    Args:
        texts: lyrics.
        genres: what is true.
        parts: "train", "validation", "test" or "dropped" of each.
    """

    texts: list[str]
    genres: NDArray[np.str_]
    parts: NDArray[np.str_]


def read_songs(table: Path, split: Path, artefact: bool) -> Songs:
    """The songs of a `split.csv`, their lyrics and genres from the table.

    Args:
        artefact: leave the phrase that the lyrics' site put into them.
    """
    with table.open(encoding="utf-8", newline="") as stream:
        rows = {row["row"]: row for row in csv.DictReader(stream)}
    with split.open(encoding="utf-8", newline="") as stream:
        parts = {line["id"]: line["part"] for line in csv.DictReader(stream)}
    texts = [rows[key]["lyrics"] if artefact else rows[key]["lyrics"].replace(ARTEFACT, " ") for key in parts]
    return Songs(texts, np.array([rows[key]["genre"] for key in parts]), np.array(list(parts.values())))


def macro_f1(songs: Songs, learned_from: Sequence[str] = ("train",), form: bool = False) -> float:
    """Fit on some parts and judge on test.

    Args:
        form: also give it the numbers of the input `text_form`, scaled.
    """
    learned, judged = np.isin(songs.parts, learned_from), songs.parts == "test"
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    train: Any = vectorizer.fit_transform([t for t, yes in zip(songs.texts, learned, strict=True) if yes])
    test: Any = vectorizer.transform([t for t, yes in zip(songs.texts, judged, strict=True) if yes])
    if form:
        numbers = np.array([form_of(text.split()) for text in songs.texts])
        scaler = StandardScaler().fit(numbers[learned])
        train = hstack([train, csr_matrix(scaler.transform(numbers[learned]))]).tocsr()
        test = hstack([test, csr_matrix(scaler.transform(numbers[judged]))]).tocsr()
    model = LogisticRegression(C=1.0, max_iter=300).fit(train, songs.genres[learned])
    return float(f1_score(songs.genres[judged], model.predict(test), average="macro"))
