"""Choi2017: what a network that was trained to tag 240,000 songs hears in a track, as 160 numbers an excerpt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from unisono.errors import AudioError, ModelError
from unisono.files import commit_bytes
from unisono.inputs import Example, Source
from unisono.inputs.augmenting import copy_name
from unisono.inputs.augmenting.copies import PLAIN, Pitches, check_pitch
from unisono.inputs.hearing.decoding import decode
from unisono.inputs.hearing.limits import Limits, Part
from unisono.inputs.hearing.numbers import APPLIED_LATER, HeardNumbers, Rows
from unisono.inputs.hearing.resampling import Waveform, resample
from unisono.inputs.pretrained.choi_front_end import SAMPLE_RATE, heard
from unisono.inputs.pretrained.choi_graph import Statistics
from unisono.inputs.pretrained.choi_network import (
    ChoiNetwork,
    Moments,
    estimated,
    fitting,
    found,
    is_published,
)
from unisono.inputs.pretrained.choi_weights import BLOCKS, CHANNELS, Kind
from unisono.parts import Settings

_VERSION = 1  # of the computation
_LEAST = 81_920 / SAMPLE_RATE  # seconds below which the keras network's last pooling has nothing to pool
_PUBLISHED = 29.0


class Choi2017(HeardNumbers, Settings):
    """Means of each layer of a published convolutional network (Choi et al., 2017), one row of numbers a track.

    Args:
        network: "keras" has stored statistics; "theano" is the paper's, whose normalisation looks at what it hears.
        weights: the authors' HDF5 file; "" is the one that `unisono fetch choi2017-keras` (or -theano) brings.
        statistics: of the theano network: of each excerpt ("instance"), of the track's excerpts together ("batch"), or
            "frozen" ones.
        moments: for "frozen": a JSON file that `freeze` has written, or its content.
        layers: which of the five layers, 32 numbers each.
        duration: seconds of an excerpt; the theano network hears 29.
        excerpts: how many, one after another.
        join: "concatenate" makes one row of all excerpts, "separate" one row each.
        pitch: semitones of the copies that training tracks are learned as; 0 is the sound itself.
        short: what follows a sound that ends early: "silence", or it is heard again ("repeat").
        digest: learned by `fit`: sha256 of the weights, and no others will do.
    """

    kind: Literal["choi2017"] = "choi2017"
    network: Kind = "keras"
    weights: str = ""
    statistics: Literal["instance", "batch", "frozen"] = "instance"
    moments: str | Moments | None = None
    layers: tuple[int, ...] = (1, 2, 3, 4, 5)
    duration: float = Field(default=_PUBLISHED, ge=_LEAST, le=600)
    excerpts: int = Field(default=1, ge=1, le=64)
    join: Literal["concatenate", "separate"] = "concatenate"
    short: Literal["silence", "repeat"] = "silence"
    pitch: Pitches = PLAIN
    digest: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if not self.layers or sorted(set(self.layers)) != list(self.layers) or not set(self.layers) <= {1, 2, 3, 4, 5}:
            raise ValueError("layers must be some of 1, 2, 3, 4, 5, in order")
        check_pitch(self.pitch)
        if self.network == "theano" and self.duration != _PUBLISHED:
            raise ValueError(f"the theano network hears excerpts of {_PUBLISHED:g} s")
        if self.network == "keras" and self.statistics != "instance":
            raise ValueError('the keras network has stored statistics; others need network = "theano"')
        if (self.moments is not None) != (self.statistics == "frozen"):
            raise ValueError('statistics = "frozen" and moments go together')
        return self

    def at(self, base: Path) -> Self:
        """A copy whose files are found from anywhere, and that holds the moments themselves.

        Raises: ModelError when the file of moments cannot be read.
        """
        weights = str(base / Path(self.weights).expanduser()) if self.weights else ""
        moments = _read_moments(base / self.moments) if isinstance(self.moments, str) else self.moments
        return self.model_copy(update={"weights": weights, "moments": moments})

    @property
    def width(self) -> int:
        """32 numbers a layer, of all excerpts where they are joined."""
        return len(self.layers) * CHANNELS * (self.excerpts if self.join == "concatenate" else 1)

    @property
    def named(self) -> tuple[str, ...]:
        """By excerpt, layer and channel: "excerpt 1 layer 5[0]"."""
        excerpts = range(1, self.excerpts + 1) if self.join == "concatenate" else (0,)
        places = [f"{f'excerpt {e} ' if e else ''}layer {layer}" for e in excerpts for layer in self.layers]
        return tuple(f"{place}[{at}]" for place in places for at in range(CHANNELS))

    @property
    def span(self) -> tuple[int, float | None]:
        """12 kHz, and as long as all excerpts."""
        return SAMPLE_RATE, self.excerpts * self.duration

    def key(self) -> str:
        """Names what decides the numbers of `read`, the bytes of the weights too.

        Raises: ModelError when the weights are not here.
        """
        network = self._network()
        moments = network.moments.model_dump() if network.moments else None
        later = {*APPLIED_LATER, "weights"} | ({"pitch"} if self.pitch == PLAIN else set())
        fields = self.model_dump(mode="json", exclude=later)
        fields |= {"digest": network.digest, "moments": moments, "version": _VERSION}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]

    def fit_examples(self, tracks: Iterable[Sequence[Example]]) -> Self:
        """Learn the scale, and which weights it was learned with."""
        digest = self._network().digest
        weights = "" if is_published(digest) else self.weights
        learned = {"digest": digest, "weights": weights, "pitch": PLAIN}  # copies are for training alone
        return super().fit_examples(tracks).model_copy(update=learned)

    def rows(self, heard: Waveform) -> Rows:
        """The numbers of a sound of 12 kHz.

        Shape: (samples,) -> (examples, width)
        """
        return self._transposed(heard, 0.0)

    def examples(self, heard: Waveform) -> list[Example]:
        """The examples of a sound of 12 kHz, with the copies of each beside it."""
        copies = {copy_name("values", semitones): self._transposed(heard, semitones) for semitones in self.pitch}
        return [{name: rows[at] for name, rows in copies.items()} for at in range(len(copies["values"]))]

    def _transposed(self, sound: Waveform, semitones: float) -> Rows:
        excerpts = self._cut(sound)
        features = self._network().features([heard(excerpt, self.network, semitones) for excerpt in excerpts])
        chosen = features.reshape(len(excerpts), BLOCKS, CHANNELS)[:, [i - 1 for i in self.layers]]
        return np.ascontiguousarray(chosen).reshape(-1, self.width)

    def _cut(self, heard: Waveform) -> NDArray[np.float32]:
        """Excerpts of one length.

        Shape: (samples,) -> (excerpts, samples of an excerpt)
        """
        length, number = round(self.duration * SAMPLE_RATE), self.excerpts
        if self.join == "separate":
            least = min(self.min_duration * SAMPLE_RATE, length)
            number = max(1, min(number, 1 + int((len(heard) - least) // length)))
        samples = number * length
        if self.short == "repeat" or len(heard) >= samples:
            return np.resize(heard, samples).reshape(number, length)
        return np.concatenate([heard, np.zeros(samples - len(heard), np.float32)]).reshape(number, length)

    def _network(self) -> ChoiNetwork:
        digest = found(self.network, self.weights, self.digest)
        if isinstance(self.moments, str):
            return self.at(Path())._network()
        moments = fitting(self.moments, digest) if self.moments is not None else None
        statistics: Statistics = "stored" if self.network == "keras" else self.statistics
        return ChoiNetwork(self.network, digest, statistics, moments)


def freeze(part: Choi2017, tracks: Iterable[Source], path: Path) -> Moments:
    """Estimate the theano network's statistics on tracks of reference, and keep them in a JSON file for `moments`.

    Every track gives its excerpts, and all of them are normalised as the one batch that the network was trained for.

    Args:
        part: which network, excerpts and weights; its own statistics do not matter.
        tracks: a few hundred; their pictures, 0.5 MB an excerpt, are in memory together.
    Raises: ModelError when the weights are not here; AudioError when a track cannot be heard.
    """
    digest, rate = found("theano", part.weights, part.digest), SAMPLE_RATE
    window = Part(part.offset, part.span[1])
    mels = []
    for track in tracks:
        if track.audio is not None:
            sound = decode(track.audio, window, Limits(seconds=part.max_seconds))
            mels += [heard(e, "theano") for e in part._cut(resample(sound.waveform, sound.sample_rate, rate))]
    if not mels:
        raise AudioError("freeze", "no track has any sound but some are needed", "Check the paths.")
    moments = estimated(digest, mels)
    commit_bytes(Path(path), moments.model_dump_json().encode())
    return moments


def _read_moments(path: Path) -> Moments:
    try:
        return Moments.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        found = "cannot be read as moments of the theano network"
        raise ModelError(str(path), found, "Write it with unisono.inputs.choi2017.freeze.") from error
