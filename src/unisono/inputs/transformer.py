"""Transformer: lyrics as word pieces, for a pre-trained text encoder that Hugging Face transformers knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from tokenizers import Tokenizer

from unisono.errors import ExperimentError, ModelError
from unisono.inputs import Batch, Example, Needs, Source
from unisono.inputs.pretrained.hugging_face import digest_of, facts_of, folder_of, licence_of
from unisono.inputs.reading.cleaning import phrase_pattern
from unisono.inputs.reading.keys import key_of
from unisono.inputs.reading.stamps import without_stamps
from unisono.parts import Settings


class Transformer(Settings):
    """Word pieces of a track's lyrics as a pre-trained encoder was taught them; the fitted input holds its tokeniser.

    Args:
        model: the folder of a model as transformers saves it (config.json, tokenizer.json, safetensors), or its name
            on the hub, such as "bert-base-cased", where its files are in the local Hugging Face cache.
        max_tokens: longer lyrics are cut after so many pieces, the marks of beginning and end among them.
        drop_phrases: phrases to take out wherever they stand, such as a site's boilerplate.
        download: fetch what is not in the local cache from huggingface.co.
        tokenizer: learned by `fit`: the content of tokenizer.json.
        digest: learned: of the model's files.
        licence: learned: what the model's card says of it.
    """

    needs: ClassVar[Needs] = "lyrics"
    costly: ClassVar[bool] = False

    kind: Literal["transformer"] = "transformer"
    model: str
    max_tokens: int = Field(512, ge=4)
    drop_phrases: tuple[str, ...] = ()
    download: bool = False
    tokenizer: str = ""
    digest: str = ""
    licence: str = ""

    def at(self, base: Path) -> Self:
        """A copy whose model is found from anywhere; a name of the hub stays one."""
        path = base / Path(self.model).expanduser()
        return self.model_copy(update={"model": str(path)}) if path.is_dir() else self

    @property
    def shapes(self) -> dict[str, tuple[int | None, ...]]:
        """Two arrays of one length."""
        return {"ids": (None,), "mask": (None,)}

    def key(self) -> str:
        """Names the settings and the tokeniser."""
        return self._key

    def fit(self, tracks: Iterable[Source]) -> Self:
        """Take over the model's tokeniser; tracks teach it nothing.

        Raises: ModelError when the model is not here or has no tokenizer.json; ExperimentError when `max_tokens` is
            more than the model can read.
        """
        folder = folder_of(self.model, self.download)
        self._check_length(folder)
        tokenizer = _tokenizer_of(folder)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        learned = {"tokenizer": tokenizer.to_str(), "digest": digest_of(folder), "licence": licence_of(folder)}
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**kept, **learned})

    def read(self, track: Source) -> list[Example]:
        """One example, or none where there are no lyrics.

        Shape: {"ids": int32 (pieces,), "mask": int32 (pieces,), all 1}
        """
        ids = self._pieces(track.lyrics)
        return [{"ids": ids, "mask": np.ones_like(ids)}] if len(ids) else []

    def why_missing(self, track: Source) -> str | None:
        """Why a track lacks this input, in words; None when it has it."""
        if not (track.lyrics or "").strip():
            return "it has no lyrics"
        return None if len(self._pieces(track.lyrics)) else "nothing is left of its lyrics after cleaning"

    def collate(self, examples: Sequence[Example | None]) -> Batch:
        """Pad to the longest; the mask is 0 there.

        Shape: {"ids": int32 (examples, longest), "mask": int32 (examples, longest)}
        """
        longest = max((len(e["ids"]) for e in examples if e is not None), default=1)
        batch = {name: np.zeros((len(examples), longest), np.int32) for name in self.shapes}
        for row, example in enumerate(examples):
            if example is not None:
                for name, values in example.items():
                    batch[name][row, : len(values)] = values
        return batch

    def _pieces(self, lyrics: str | None) -> NDArray[np.int32]:
        """The numbers of the pieces, the model's own marks among them; none where nothing else is left."""
        text = without_stamps(lyrics or "")
        if self._phrases is not None:
            text = self._phrases.sub(" ", text)
        found = self._tokenizer.encode(text) if text.strip() else None
        if found is None or all(found.special_tokens_mask):
            return np.zeros(0, np.int32)
        return np.array(found.ids, np.int32)

    def _check_length(self, folder: Path) -> None:
        """BERT has 512 places; a text beyond them would not be cut but fail."""
        told = folder / "tokenizer_config.json"
        named = facts_of(folder, told.name).get("model_max_length") if told.is_file() else None
        limits = [n for n in (named, facts_of(folder, "config.json").get("max_position_embeddings")) if n]
        if limits and self.max_tokens > min(limits):
            found = f"is {self.max_tokens} but {self.model} reads {min(limits)} pieces at most"
            raise ExperimentError("inputs: max_tokens", found, f"Set it to {min(limits)} or less.")

    @cached_property
    def _key(self) -> str:
        return key_of(self)

    @cached_property
    def _phrases(self) -> re.Pattern[str] | None:
        return phrase_pattern(self.drop_phrases)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        if not self.tokenizer:
            raise ValueError('the input "transformer" is not fitted: call fit first')
        tokenizer = Tokenizer.from_str(self.tokenizer)
        tokenizer.enable_truncation(self.max_tokens)
        return tokenizer


def _tokenizer_of(folder: Path) -> Tokenizer:
    """Raises: ModelError."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        advice = "Save it with transformers: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)."
        raise ModelError(str(folder), "has no tokenizer.json but word pieces need it", advice)
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare exceptions of its own, all meaning the same to a user
        raise ModelError(str(path), f"cannot be read as a tokeniser ({error})", "Fetch it again.") from error
