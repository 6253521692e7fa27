"""Transformer audio: what a pre-trained audio encoder that Hugging Face transformers knows hears in a track."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from pydantic import Field

from unisono.errors import ModelError
from unisono.inputs import Example
from unisono.inputs.hearing.numbers import APPLIED_LATER, HeardNumbers, Rows
from unisono.inputs.hearing.resampling import Waveform
from unisono.inputs.pretrained.hugging_face import check_native, digest_of, facts_of, licence_of
from unisono.parts import Settings, need

_VERSION = 1  # of the computation
_PURPOSE = "hearing with a pre-trained transformer"
_HALVES = ("ClapAudioModel", "ClapAudioModelWithProjection")
_RATES = ("sampling_rate", "sample_rate")


class TransformerAudio(HeardNumbers, Settings):
    """One row of numbers a track: a layer of an audio encoder, pooled over time.

    Args:
        model: the folder of a model as transformers saves it (config.json, preprocessor_config.json, safetensors).
        layer: which hidden layer; 0 is what goes into the first, -1 the last one's output.
        pooling: "mean" over time, "mean_deviation" for both, or "max".
        duration: seconds that are heard.
        size: learned by `fit`: numbers in a row.
        digest: learned: of the model's files, and no others will do.
        licence: learned: what the model's card says of it.
    """

    kind: Literal["transformer_audio"] = "transformer_audio"
    model: str
    layer: int = -1
    pooling: Literal["mean", "mean_deviation", "max"] = "mean"
    duration: float = Field(default=10.0, gt=0, le=600)
    size: int | None = None
    digest: str = ""
    licence: str = ""

    def at(self, base: Path) -> Self:
        """A copy whose model is found from anywhere."""
        return self.model_copy(update={"model": str(base / Path(self.model).expanduser())})

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """One row of numbers; how many is known after `fit`."""
        return {"values": (self.size,)}

    @property
    def width(self) -> int:
        """Numbers in a row."""
        if self.size is None:
            raise ValueError("the input is not fitted: call fit first")
        return self.size

    @property
    def span(self) -> tuple[int, float | None]:
        """The model's own sample rate, and the duration."""
        facts = facts_of(self._folder, "preprocessor_config.json")
        rate = next((facts[key] for key in _RATES if isinstance(facts.get(key), int)), None)
        if rate is None:
            raise ModelError(str(self._folder), "names no sample rate, so it is no model of sound", "Take another one.")
        return rate, self.duration

    @property
    def learns_from_examples(self) -> bool:
        """Always: how many numbers there are."""
        return True

    def key(self) -> str:
        """Names what decides the numbers of `read`, the model's files too."""
        transformers = need("transformers", _PURPOSE)
        fields = self.model_dump(mode="json", exclude={*APPLIED_LATER, "model", "size", "licence", "digest"})
        fields |= {"files": self._checked(), "version": _VERSION, "transformers": transformers.__version__}
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]

    def fit_examples(self, tracks: Iterable[Sequence[Example]]) -> Self:
        """Learn the scale and the number of numbers, and keep which model it was and its licence."""
        known = [list(track) for track in tracks]
        fitted = super().fit_examples(known)
        size = next(len(example["values"]) for track in known for example in track)
        learned = {"size": size, "digest": self._checked(), "licence": licence_of(self._folder)}
        return fitted.model_copy(update=learned)

    def rows(self, heard: Waveform) -> Rows:
        """The numbers of a sound.

        Shape: (samples,) -> (1, size)
        """
        torch = need("torch", _PURPOSE)
        self._checked()
        extractor, encoder = _opened(self._folder)
        with _fixed_luck():
            given = extractor(heard, sampling_rate=self.span[0], return_tensors="pt")
        with torch.inference_mode():
            layers = encoder(**given, output_hidden_states=True).hidden_states
        if not -len(layers) <= self.layer < len(layers):
            found = f"has the layers 0 to {len(layers) - 1} but layer = {self.layer}"
            raise ModelError(str(self._folder), found, "Choose one of them; -1 is the last.")
        layer = layers[self.layer][0]
        frames = layer.flatten(1).T if layer.dim() == 3 else layer  # pictures (channels, bands, frames) become a row
        return self._pooled(frames.float().numpy())[None]

    @property
    def _folder(self) -> Path:
        return Path(self.model)

    def _pooled(self, frames: Rows) -> Rows:
        if self.pooling == "max":
            return np.asarray(frames.max(axis=0), np.float32)
        parts = [frames.mean(axis=0)] + [frames.std(axis=0)] * (self.pooling == "mean_deviation")
        return np.concatenate(parts).astype(np.float32)

    def _checked(self) -> str:
        """The digest of the model's files.

        Raises: ModelError when they are not here, need code of their own, or are others than were learned with.
        """
        check_native(self._folder, _PURPOSE)
        held = digest_of(self._folder)
        if self.digest and self.digest != held:
            raise ModelError(str(self._folder), "is another model than was learned with", "Give it the same files.")
        return held


@contextmanager
def _fixed_luck() -> Iterator[None]:
    """CLAP's extractor cuts what is too long for it at a random place; here it is the same place each time."""
    before = np.random.get_state()
    np.random.seed(0)
    try:
        yield
    finally:
        np.random.set_state(before)


@lru_cache(maxsize=2)
def _opened(folder: Path) -> tuple[Any, Any]:
    """Feature extractor and the part of the model that hears."""
    transformers = need("transformers", _PURPOSE)
    transformers.utils.logging.disable_progress_bar()
    safe = {"local_files_only": True, "trust_remote_code": False}
    try:
        extractor = transformers.AutoFeatureExtractor.from_pretrained(folder, **safe)
        model = _class_of(transformers, folder).from_pretrained(folder, use_safetensors=True, **safe).eval()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise ModelError(str(folder), f"cannot be opened by transformers ({reason})", "Fetch it again.") from error
    if hasattr(model, "audio_model"):  # CLAP: the half that hears
        return extractor, model.audio_model
    return extractor, model.get_encoder() if model.config.is_encoder_decoder else model


def _class_of(transformers: Any, folder: Path) -> Any:
    """transformers' own class for a model; the half of CLAP that hears is not among those it finds by itself."""
    named = facts_of(folder, "config.json").get("architectures") or [""]
    return getattr(transformers, named[0]) if named[0] in _HALVES else transformers.AutoModel
