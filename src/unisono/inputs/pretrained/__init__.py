"""Networks that others have trained: fetched when asked, converted once, run by ONNX Runtime."""

from unisono.inputs.pretrained.fetching import REMOTES, Remote, fetch, remote
from unisono.inputs.pretrained.session import session_of

__all__ = ["REMOTES", "Remote", "fetch", "remote", "session_of"]
