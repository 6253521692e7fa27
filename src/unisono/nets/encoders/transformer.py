"""Texts: a pre-trained encoder of the BERT family, fine-tuned in full (Devlin et al., 2019)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from unisono.errors import ExperimentError, ModelError
from unisono.inputs import Input
from unisono.inputs.pretrained.hugging_face import check_native, folder_of
from unisono.nets.encoders._lengths import by_length
from unisono.nets.encoders.transformer_settings import TransformerSettings
from unisono.nets.layers import Layer, Shape
from unisono.nets.modules import Arrays, Block, LayerBlock, layer_block
from unisono.parts import need

_PURPOSE = "a pre-trained encoder of texts"
_OTHER_POOLING = 'Set pooling to "cls" or "mean".'


class Transformer:
    """Word pieces become a vector; where the mask is 0 nothing stands, and it changes nothing.

    Args:
        source: an input with the arrays ids and mask, and the `model` whose pieces they are.
    """

    def __init__(self, settings: TransformerSettings, source: Input, where: str) -> None:
        if set(source.shapes) != {"ids", "mask"}:
            found = f"transformer needs the arrays ids and mask but gets {', '.join(source.shapes)}"
            raise ExperimentError(where, found, "Use the input transformer.")
        pieces: Any = source  # of inputs with word pieces
        self.model, self.download = str(pieces.model), bool(pieces.download)
        self.settings = settings
        self.shape: Shape = (None,)
        own, *rest = settings.parsed(where)
        shown = (f"encoder {Path(self.model).name}", settings.pooling, *(layer.text for layer in own))
        self.blocks: list[Block] = [Block(shown, lambda _: self._pretrained(own)), *map(layer_block, rest)]

    def prepare(self, arrays: Mapping[str, Tensor]) -> Tensor:
        """The pieces' numbers. Shape: (n, pieces)"""
        return arrays["ids"]

    def direct(self, width: int) -> nn.Module | None:
        """No linear path."""
        return None

    def _pretrained(self, layers: Sequence[Layer]) -> tuple[nn.Module, Shape]:
        folder = folder_of(self.model, self.download)
        block = _Pretrained(opened(folder, self.settings.pooling == "pooled"), self.settings.pooling, layers)
        return block, block.layers.shape


class _Pretrained(nn.Module):
    """The encoder and its pooling. Shape: (n, pieces) -> (n, width)"""

    pretrained = True  # its weights are not drawn

    def __init__(self, model: nn.Module, pooling: str, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.model = model
        self.pooling = pooling
        self.layers = LayerBlock(layers, (int(model.config.hidden_size),))  # type: ignore[union-attr, arg-type]

    def forward(self, ids: Tensor, arrays: Arrays) -> Tensor:
        mask = arrays["mask"]
        # A text of nothing looks at its first place: a softmax over nothing has no value.
        there = torch.cat([torch.ones_like(mask[:, :1]), mask[:, 1:]], dim=1)
        vector: Tensor = self.layers(by_length(self._read, ids, {"mask": there}, there.sum(1)))
        return vector

    def _read(self, ids: Tensor, arrays: Arrays) -> Tensor:
        there = arrays["mask"]
        said = self.model(input_ids=ids.long(), attention_mask=there)
        if self.pooling == "pooled":
            whole: Tensor = said.pooler_output
            return whole
        hidden: Tensor = said.last_hidden_state
        if self.pooling == "cls":
            return hidden[:, 0]
        weights = there.to(hidden.dtype).unsqueeze(-1)
        mean: Tensor = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
        return mean


def opened(folder: Path, pooler: bool) -> nn.Module:
    """A model with its weights, as transformers knows it; nothing is downloaded and no code of the model is run.

    Args:
        pooler: keep the dense layer over the first piece.
    Raises: ModelError when it is no encoder of texts, or not all its weights are there; MissingExtra.
    """
    check_native(folder, _PURPOSE)
    transformers = need("transformers", _PURPOSE)
    safe = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
    try:
        with _silent(transformers):
            model, loaded = transformers.AutoModel.from_pretrained(
                folder, dtype=torch.float32, output_loading_info=True, **safe
            )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(str(folder), f"cannot be opened by transformers ({reason})", "Fetch it again.") from error
    if not pooler and hasattr(model, "pooler"):
        model.pooler = None
    _check(folder, model, loaded["missing_keys"], pooler)
    made: nn.Module = model
    return made


def _check(folder: Path, model: Any, missing: Sequence[str], pooler: bool) -> None:
    """An encoder of texts with all its weights: what is missing would be drawn at random in silence."""
    if model.config.is_encoder_decoder or getattr(model.config, "is_decoder", False):
        raise ModelError(str(folder), "is no encoder but one of the BERT family is needed", "Take another model.")
    if model.main_input_name != "input_ids":
        raise ModelError(str(folder), "reads no texts but word pieces are to be read", "Take another model.")
    if pooler and getattr(model, "pooler", None) is None:
        raise ModelError(
            str(folder), 'has no pooler but pooling = "pooled" needs it', 'Set pooling to "cls" or "mean".'
        )
    lacking = [name for name in sorted(missing) if pooler or not name.startswith("pooler.")]
    if lacking:
        found = f"has no weights for {lacking[0]}" + (f" and {len(lacking) - 1} more" if len(lacking) > 1 else "")
        advice = (
            'Set pooling to "cls" or "mean".' if all(n.startswith("pooler.") for n in lacking) else "Fetch it again."
        )
        raise ModelError(str(folder), found, advice)


@contextmanager
def _silent(transformers: Any) -> Iterator[None]:
    """No progress bar, and no list of weights that are of no use here, such as those of the masked words' head."""
    logging = transformers.utils.logging
    before = logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(before)
