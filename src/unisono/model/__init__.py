"""The model folder, which is all that passes from learning to using: written once, verified on every open."""

from unisono.model.folder import FORMAT, verify, write_model
from unisono.model.model import Model, open_model

__all__ = ["FORMAT", "Model", "open_model", "verify", "write_model"]
