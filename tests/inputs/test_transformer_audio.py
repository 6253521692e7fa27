"""Transformer audio: a tiny encoder drawn at random is heard through, and no code but transformers' own is run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from unisono.errors import ModelError
from unisono.inputs import input_of
from unisono.inputs.pretrained.hugging_face import licence_of
from unisono.inputs.transformer_audio import TransformerAudio

torch = pytest.importorskip("torch", reason="needs the extra [train]")
transformers = pytest.importorskip("transformers", reason="needs the extra [text]")

Waveform = NDArray[np.float32]


@dataclass(frozen=True)
class Track:
    id: str
    audio: Path | None = None
    lyrics: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


@pytest.fixture
def sound(music: Callable[..., Waveform]) -> Waveform:
    return music(1, 8_000).mean(axis=1)


def test_numbers_are_the_encoder_s_own(tiny_encoder: Path, sound: Waveform) -> None:
    model = transformers.AutoModel.from_pretrained(tiny_encoder).eval()
    scaled = torch.from_numpy((sound - sound.mean()) / np.sqrt(sound.var() + 1e-7))[None]
    with torch.inference_mode():
        hidden = model(scaled, output_hidden_states=True).hidden_states[1][0].numpy()
    both = TransformerAudio(model=str(tiny_encoder), layer=1, pooling="mean_deviation").rows(sound)
    assert np.allclose(both[0], np.concatenate([hidden.mean(0), hidden.std(0)]), atol=1e-5)
    assert np.allclose(
        TransformerAudio(model=str(tiny_encoder), layer=1, pooling="max").rows(sound), hidden.max(0), atol=1e-5
    )


def test_a_fitted_one_knows_its_model_and_licence(
    tiny_encoder: Path, tmp_path: Path, music: Callable[..., Waveform], write_sound: Callable[..., Path]
) -> None:
    tracks = [Track(str(i), write_sound(tmp_path / f"{i}.wav", music(1, 8_000, i), 8_000)) for i in range(3)]
    for scaling in ("standard", "none"):
        part = TransformerAudio.model_validate({"model": str(tiny_encoder), "scaling": scaling}).fit(tracks)
        assert (part.size, part.licence, part.shapes) == (16, "cc-by-4.0", {"values": (16,)})
        assert part.collate(part.read(tracks[0]))["values"].shape == (1, 16)
    other = shutil.copytree(tiny_encoder, tmp_path / "other")
    (other / "config.json").write_text((other / "config.json").read_text() + "\n")
    again = input_of(json.loads(part.model_dump_json()) | {"model": str(other)})
    with pytest.raises(ModelError, match="is another model than was learned with"):
        again.read(tracks[0])


def changed(tiny_encoder: Path, folder: Path, **facts: Any) -> TransformerAudio:
    copy = shutil.copytree(tiny_encoder, folder / "changed")
    config = json.loads((copy / "config.json").read_text()) | facts
    (copy / "config.json").write_text(json.dumps(config))
    return TransformerAudio(model=str(copy))


def test_code_that_a_model_brings_is_never_run(tiny_encoder: Path, tmp_path: Path, sound: Waveform) -> None:
    trap = tmp_path / "trap"
    part = changed(
        tiny_encoder, tmp_path, model_type="own", auto_map={"AutoModel": "own.Own", "AutoConfig": "own.Config"}
    )
    (Path(part.model) / "own.py").write_text(f"open({str(trap)!r}, 'w')\nclass Own: ...\nclass Config: ...\n")
    with pytest.raises(ModelError, match="brings code of its own, which is never run"):
        part.rows(sound)
    assert not trap.exists()


def test_pickled_weights_are_never_opened(tiny_encoder: Path, tmp_path: Path, sound: Waveform) -> None:
    part = changed(tiny_encoder, tmp_path)
    (Path(part.model) / "model.safetensors").rename(Path(part.model) / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickled ones are never opened"):
        part.rows(sound)


def test_what_cannot_be_heard_with_is_said(tiny_encoder: Path, tmp_path: Path, sound: Waveform) -> None:
    with pytest.raises(ModelError, match="has the layers 0 to 2 but layer = 3"):
        TransformerAudio(model=str(tiny_encoder), layer=3).rows(sound)
    with pytest.raises(ModelError, match="Nothing is downloaded"):
        TransformerAudio(model=str(tmp_path / "nothing")).rows(sound)
    part = changed(tiny_encoder, tmp_path)
    (Path(part.model) / "preprocessor_config.json").write_text("{}")
    with pytest.raises(ModelError, match="names no sample rate"):
        part.read(Track("t", tmp_path / "t.wav"))
    assert licence_of(tmp_path) == "not stated"


SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}


def spectrogram_transformer() -> tuple[Any, Any]:
    config = transformers.ASTConfig(**SIZES, max_length=128)
    return transformers.ASTModel(config), transformers.ASTFeatureExtractor(max_length=128)


AUDIO = {"hidden_size": 32, "patch_embeds_hidden_size": 8, "depths": [1, 1], "num_attention_heads": [2, 2]}
AUDIO |= {"num_hidden_layers": 2, "spec_size": 256, "num_mel_bins": 64, "window_size": 8, "projection_dim": 8}


def clap() -> tuple[Any, Any]:
    text = {**SIZES, "vocab_size": 50, "max_position_embeddings": 20}
    config = transformers.ClapConfig(text_config=text, audio_config=AUDIO)
    return transformers.ClapModel(config), transformers.ClapFeatureExtractor(feature_size=64, truncation="rand_trunc")


def half_of_clap() -> tuple[Any, Any]:
    config = transformers.ClapAudioConfig(**AUDIO, enable_fusion=True)
    return transformers.ClapAudioModel(config), transformers.ClapFeatureExtractor(feature_size=64, truncation="fusion")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", [spectrogram_transformer, clap, half_of_clap])
def test_other_families_are_heard_through_alike(
    family: Callable[[], tuple[Any, Any]], tmp_path: Path, music: Callable[..., Waveform]
) -> None:
    for part in family():
        part.save_pretrained(tmp_path)
    long = music(10.5, 48_000).mean(axis=1)  # longer than either hears: the rest is cut off
    for layer in (0, -1):  # the first tells best where an extractor has cut
        part = TransformerAudio(model=str(tmp_path), layer=layer, pooling="max")
        first = part.rows(long)
        np.random.rand()  # whatever was drawn before
        again = part.rows(long)
        assert first.shape[0] == 1 and np.isfinite(first).all()
        assert np.array_equal(first, again)
