"""The model folder, which is all that passes from learning to using: written once, verified on every open."""

from unisono.inputs.pretrained import session_of
from unisono.model.folder import FORMAT, verify, write_model
from unisono.model.model import Model, Scores, open_model

__all__ = ["FORMAT", "Model", "Scores", "open_model", "session_of", "verify", "write_model"]
