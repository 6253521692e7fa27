"""The pre-trained encoder of texts: its own numbers, three poolings, no weight drawn in silence, no code of a model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from unisono.errors import ExperimentError, ModelError
from unisono.experiment.stages import StageSettings
from unisono.nets.network import Network
from unisono.training.frozen import learned_parameters

transformers = pytest.importorskip("transformers", reason="needs the extra [text]")
NAMED = "branches.for_lyrics.sharing.block1.for_all.model"


def network_of(kit: SimpleNamespace, folder: Path, encoder: dict[str, Any] | None = None, **network: Any) -> Network:
    source = SimpleNamespace(shapes={"ids": (None,), "mask": (None,)}, model=str(folder), download=False)
    table = {"kind": "transformer", **(encoder or {})}
    made: Network = kit.network({"lyrics": source}, kit.tasks("genre", "energy"), encoder=table, **network)
    return made.eval()


@pytest.fixture
def batch() -> dict[str, Tensor]:
    ids = torch.tensor([[2, 4, 5, 6, 3], [2, 7, 3, 0, 0]], dtype=torch.int32)
    return {"lyrics.ids": ids, "lyrics.mask": (ids != 0).int()}


@pytest.mark.parametrize("pooling", ["mean", "cls", "pooled"])
def test_it_says_what_the_model_says(
    kit: SimpleNamespace, tiny_bert: Path, batch: dict[str, Tensor], pooling: str
) -> None:
    model = transformers.AutoModel.from_pretrained(tiny_bert).eval()
    with torch.inference_mode():
        said = model(input_ids=batch["lyrics.ids"].long(), attention_mask=batch["lyrics.mask"])
        got = network_of(kit, tiny_bert, {"pooling": pooling})(batch).representation["genre"]
    hidden, mask = said.last_hidden_state, batch["lyrics.mask"].unsqueeze(-1)
    wanted = {"mean": (hidden * mask).sum(1) / mask.sum(1), "cls": hidden[:, 0], "pooled": said.pooler_output}
    torch.testing.assert_close(got, wanted[pooling], rtol=1e-5, atol=1e-6)


def test_padding_of_any_number_changes_nothing(kit: SimpleNamespace, tiny_bert: Path, batch: dict[str, Tensor]) -> None:
    network = network_of(kit, tiny_bert)
    other = {**batch, "lyrics.ids": batch["lyrics.ids"].masked_fill(batch["lyrics.mask"] == 0, 9)}
    torch.testing.assert_close(network(other).logits["genre"], network(batch).logits["genre"])


def test_further_blocks_and_copies_of_the_encoder(
    kit: SimpleNamespace, tiny_bert: Path, batch: dict[str, Tensor]
) -> None:
    encoder = {"blocks": [{"layers": ["linear 7", "relu"]}]}
    network = network_of(kit, tiny_bert, encoder, sharing=["each", "all"])
    assert network(batch).representation["genre"].shape == (2, 7)
    first = [p for n, p in network.named_parameters() if "block1.for_genre.model" in n]
    second = [p for n, p in network.named_parameters() if "block1.for_energy.model" in n]
    assert first and all(
        torch.equal(a, b) for a, b in zip(first, second, strict=True)
    )  # both begin as they were taught


def test_weights_that_were_taught_are_not_drawn_anew(kit: SimpleNamespace, tiny_bert: Path) -> None:
    taught = transformers.AutoModel.from_pretrained(tiny_bert).embeddings.word_embeddings.weight
    network = network_of(kit, tiny_bert, initial="normal 0.01")
    assert torch.equal(network.get_parameter(f"{NAMED}.embeddings.word_embeddings.weight"), taught)
    assert network.heads.of("genre").output.weight.std() < 0.02  # type: ignore[union-attr, operator]


def test_layers_may_learn_slowly_or_not_at_all(kit: SimpleNamespace, tiny_bert: Path) -> None:
    network = network_of(kit, tiny_bert)
    stage = StageSettings(name="all", freeze=f"{NAMED}.embeddings", rates={"**.layer.0": 0.5})  # type: ignore[arg-type]
    factors = learned_parameters(network, stage, ["genre", "energy"], "stage")
    named = {name: factors.get(p) for name, p in network.named_parameters()}
    assert named[f"{NAMED}.embeddings.word_embeddings.weight"] is None
    assert named[f"{NAMED}.encoder.layer.0.output.dense.weight"] == 0.5
    assert named[f"{NAMED}.encoder.layer.1.output.dense.weight"] == 1.0


def changed(tiny_bert: Path, folder: Path, **facts: Any) -> Path:
    copy = shutil.copytree(tiny_bert, folder / "changed")
    config = json.loads((copy / "config.json").read_text()) | facts
    (copy / "config.json").write_text(json.dumps(config))
    return copy


def test_code_that_a_model_brings_is_never_run(kit: SimpleNamespace, tiny_bert: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    copy = changed(tiny_bert, tmp_path, model_type="own", auto_map={"AutoModel": "own.Own", "AutoConfig": "own.Config"})
    (copy / "own.py").write_text(f"open({str(trap)!r}, 'w')\nclass Own: ...\nclass Config: ...\n")
    with pytest.raises(ModelError, match="brings code of its own, which is never run"):
        network_of(kit, copy)
    assert not trap.exists()


def test_pickled_weights_are_never_opened(kit: SimpleNamespace, tiny_bert: Path, tmp_path: Path) -> None:
    copy = changed(tiny_bert, tmp_path)
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickled ones are never opened"):
        network_of(kit, copy)


def test_weights_that_are_missing_are_not_drawn_in_silence(
    kit: SimpleNamespace, tiny_bert: Path, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    copy = changed(tiny_bert, tmp_path)
    held = load_file(copy / "model.safetensors")
    plain = {name: tensor for name, tensor in held.items() if not name.startswith("pooler.")}
    save_file(plain, copy / "model.safetensors", {"format": "pt"})
    network_of(kit, copy, {"pooling": "cls"})
    with pytest.raises(ModelError, match=r"no weights for pooler.dense.bias and 1 more\. Set pooling to"):
        network_of(kit, copy, {"pooling": "pooled"})
    save_file({n: t for n, t in plain.items() if "layer.1" not in n}, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"has no weights for encoder.layer.1.* and 15 more\. Fetch it again"):
        network_of(kit, copy)


def test_an_encoder_of_sound_reads_no_texts(kit: SimpleNamespace, tiny_encoder: Path) -> None:
    with pytest.raises(ModelError, match="reads no texts"):
        network_of(kit, tiny_encoder)


def test_it_needs_word_pieces(kit: SimpleNamespace) -> None:
    with pytest.raises(ExperimentError, match="transformer needs the arrays ids and mask but gets ids"):
        kit.network({"lyrics": kit.words()}, kit.tasks("genre"), encoder="transformer")
