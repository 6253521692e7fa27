"""A network of Choi et al. (2017) at work: found, converted to ONNX once, run by ONNX Runtime."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from unisono.errors import ModelError
from unisono.files import commit_bytes, sha256_of
from unisono.inputs.extraction.cache import default_folder
from unisono.inputs.hearing.spectrum import Mels
from unisono.inputs.pretrained.choi_graph import Statistics, graph_of
from unisono.inputs.pretrained.choi_weights import BLOCKS, CHANNELS, Kind, read_weights
from unisono.inputs.pretrained.fetching import REMOTES, Remote
from unisono.inputs.pretrained.session import session_of
from unisono.parts import Settings

Features = NDArray[np.float32]

_FORM = 1  # of the converted graphs
_DIGEST = 32  # bytes of the checksum that a converted graph begins with
_TOGETHER = 8  # rows that are run at a time where they do not see each other
FEATURES = BLOCKS * CHANNELS


class Moments(Settings):
    """Statistics of batch normalisation, estimated once on sounds of reference.

    Args:
        weights: sha256 of the weights that they belong to.
        mean: of each channel, block by block.
        variance: likewise.
    """

    weights: str
    mean: tuple[tuple[float, ...], ...]
    variance: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class ChoiNetwork:
    """A network whose weights are known.

    Args:
        kind: which of the two.
        digest: sha256 of the authors' file.
        statistics: those that normalise.
        moments: for "frozen".
    """

    kind: Kind
    digest: str
    statistics: Statistics
    moments: Moments | None = None

    def features(self, mels: Sequence[Mels]) -> Features:
        """What the network says of pictures that `choi_front_end.heard` made; with "batch" they are one batch.

        Shape: arrays of (96, frames) -> (pictures, 160)
        """
        session = _session(self.digest, self.statistics)
        size = len(mels) if self.statistics == "batch" else _TOGETHER
        parts = [
            session.run(["features"], {"mel": np.stack(mels[at : at + size])[:, None], **self._given()})[0]
            for at in range(0, len(mels), max(size, 1))
        ]
        return np.concatenate([np.zeros((0, FEATURES), np.float32), *parts])

    def _given(self) -> dict[str, Features]:
        if self.statistics != "frozen":
            return {}
        if self.moments is None:
            raise ValueError("frozen statistics are missing")
        pairs = (("mean", self.moments.mean), ("variance", self.moments.variance))
        return {f"{n}_{i}": np.array(row, np.float32) for n, rows in pairs for i, row in enumerate(rows, start=1)}


def estimated(digest: str, mels: Sequence[Mels]) -> Moments:
    """The moments that make all pictures together one batch, block after block.

    Args:
        digest: sha256 of the weights, which must have been converted.
    """
    session = _session(digest, "frozen")
    mean, variance = np.zeros((BLOCKS, CHANNELS)), np.ones((BLOCKS, CHANNELS))
    for block in range(BLOCKS):
        given = {f"mean_{i + 1}": m.astype(np.float32) for i, m in enumerate(mean)}
        given |= {f"variance_{i + 1}": v.astype(np.float32) for i, v in enumerate(variance)}
        wanted = [f"first_{block + 1}", f"second_{block + 1}"]
        sums = np.zeros((2, CHANNELS))
        for mel in mels:
            sums += np.concatenate(session.run(wanted, {"mel": mel[None, None], **given}))
        mean[block], square = sums / len(mels)
        variance[block] = np.maximum(square - mean[block] ** 2, 0)
    return Moments(weights=digest, mean=_tuples(mean), variance=_tuples(variance))


def found(kind: Kind, weights: str, digest: str = "") -> str:
    """The sha256 of the weights to use; they have been converted when this returns.

    Args:
        weights: the authors' file; "" is the fetched one.
        digest: the weights that a model has learned with: no other will do.
    Raises: ModelError when they are not here, or others are.
    """
    wanted: tuple[Statistics, ...] = ("stored",) if kind == "keras" else ("instance", "batch", "frozen")
    if digest and all(_graph_path(digest, s).is_file() for s in wanted):
        return digest
    offered = REMOTES[f"choi2017-{kind}"]
    path = Path(weights).expanduser() if weights else offered.path
    if not weights and not path.is_file():
        raise _absent(offered)
    held = _digest_of(path, path.stat().st_mtime_ns) if path.is_file() else ""
    if digest and held != digest:
        needed = f"the model has learned with weights of the sha256 {digest[:12]}..."
        raise ModelError(str(path), f"is another file but {needed}", "Give it the same weights.")
    if not held or not all(_graph_path(held, s).is_file() for s in wanted):
        _convert(kind, path, held, wanted)
    return held


def fitting(moments: Moments, digest: str) -> Moments:
    """The moments, if they belong to the weights.

    Raises: ModelError.
    """
    if moments.weights != digest:
        raise ModelError("moments", f"belong to the weights {moments.weights[:12]}... but {digest[:12]}... are used")
    if any(len(m) != BLOCKS or {len(row) for row in m} != {CHANNELS} for m in (moments.mean, moments.variance)):
        raise ModelError("moments", f"must be {BLOCKS} rows of {CHANNELS} numbers")
    return moments


def is_published(digest: str) -> bool:
    """Whether weights are those that `unisono fetch` brings."""
    return digest in {remote.sha256 for remote in REMOTES.values()}


def _absent(offered: Remote) -> ModelError:
    advice = f"Run `unisono fetch {offered.name}` ({offered.size / 1e6:.1f} MB; licence: {offered.licence})."
    return ModelError("choi2017", f"the weights {offered.name} are not on this machine", advice)


@lru_cache(maxsize=16)
def _digest_of(path: Path, changed: int) -> str:
    return sha256_of(path)


def _convert(kind: Kind, path: Path, digest: str, wanted: Iterable[Statistics]) -> None:
    weights = read_weights(path)
    if weights.kind != kind:
        raise ModelError(str(path), f'is the {weights.kind} network but network = "{kind}"', "Set the other one.")
    for statistics in wanted:
        graph = graph_of(weights, statistics)
        commit_bytes(_graph_path(digest, statistics), hashlib.sha256(graph).digest() + graph)


def _graph_path(digest: str, statistics: Statistics) -> Path:
    return default_folder() / "networks" / f"{digest}-{statistics}-{_FORM}.onnx"


def _session(digest: str, statistics: Statistics) -> onnxruntime.InferenceSession:
    return _open_session(_graph_path(digest, statistics))


@lru_cache(maxsize=4)
def _open_session(path: Path) -> onnxruntime.InferenceSession:
    data = path.read_bytes()
    if hashlib.sha256(data[_DIGEST:]).digest() != data[:_DIGEST]:
        path.unlink()
        raise ModelError(str(path), "was damaged and is removed", "Run it again: it is made anew from the weights.")
    return session_of(data[_DIGEST:], threads=1)


def _tuples(rows: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows.tolist())
