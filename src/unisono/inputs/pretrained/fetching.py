"""What can be fetched, each with its pinned checksum and licence; nothing is downloaded unless somebody asks."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from unisono.errors import FetchError, nearest
from unisono.files import commit_path, sha256_of
from unisono.inputs.extraction.cache import default_folder

Progress = Callable[[int, int], None]  # (bytes that are there, all)

_BLOCK = 1 << 18
_SECONDS = 30.0  # without any answer
_CHOI = "https://raw.githubusercontent.com/keunwoochoi/transfer_learning_music/e1f83c389ff32ce48551f916414ae869cbe7f6e6"


@dataclass(frozen=True)
class Remote:
    """A file that its authors offer.

    Args:
        name: what `unisono fetch` calls it.
        what: what it is, in a line.
        url: where the authors offer this very version.
        sha256: of its bytes.
        size: in bytes.
        licence: what the authors allow.
    """

    name: str
    what: str
    url: str
    sha256: str
    size: int
    licence: str

    @property
    def path(self) -> Path:
        """Where it lies once it was fetched."""
        return default_folder() / "fetched" / f"{self.name}.{self.url.rpartition('.')[2]}"


_NO_LICENCE = "none stated: all rights are the authors', do not pass it on"
REMOTES = {
    remote.name: remote
    for remote in (
        Remote(
            "choi2017-keras",
            "Choi et al. (2017), network for 50 tags in Keras 2: the default of the input choi2017",
            f"{_CHOI}/keras2_model/model_best.hdf5",
            "b5042bd44de1fdd9d757b764d9246e6934f47c8bdc5c15bf13566495f3439d48",
            1_545_360,
            _NO_LICENCE,
        ),
        Remote(
            "choi2017-theano",
            "Choi et al. (2017), network for 50 tags in Keras 1 with Theano: the one of the paper",
            f"{_CHOI}/weights_transfer/weights_layer4_theano.hdf5",
            "caf89f811415691fbb245be7eef394b9cebd787d7e3f78e29695972141cf2a08",
            1_329_264,
            _NO_LICENCE,
        ),
    )
}


def remote(name: str) -> Remote:
    """What is offered under a name.

    Raises: FetchError when nothing is.
    """
    if name not in REMOTES:
        known = ", ".join(REMOTES)
        raise FetchError(name, f"is nothing that can be fetched, which are {known}", nearest(name, REMOTES))
    return REMOTES[name]


def fetch(wanted: Remote, place: str = "", progress: Progress | None = None) -> Path:
    """Bring a file to where inputs look for it; what is there already and whole stays.

    Args:
        place: another address or a file to take it from; its bytes must be the same.
    Raises: FetchError when it cannot be had or is not what it should be; DiskFull.
    """
    if wanted.path.is_file() and sha256_of(wanted.path) == wanted.sha256:
        return wanted.path
    place = place or wanted.url
    with commit_path(wanted.path) as temporary:
        try:
            with closing(_opened(place)) as source, temporary.open("wb") as out:
                digest = _copy(source, out, wanted, progress)
        except (urllib.error.URLError, TimeoutError, ConnectionError, FileNotFoundError, IsADirectoryError) as error:
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
            advice = "Check the connection and the address, or take it from a copy with --from."
            raise FetchError(place, f"cannot be had ({reason})", advice) from error
        if digest != wanted.sha256:
            found = f"has the sha256 {digest[:12]}... but {wanted.sha256[:12]}... is {wanted.name}"
            raise FetchError(place, found, "It was changed or damaged on the way: nothing was kept.")
    return wanted.path


def _opened(place: str) -> IO[bytes]:
    if place.startswith(("https://", "http://", "file://")):
        opened: IO[bytes] = urllib.request.urlopen(place, timeout=_SECONDS)
        return opened
    return Path(place).expanduser().open("rb")


def _copy(source: IO[bytes], out: IO[bytes], wanted: Remote, progress: Progress | None) -> str:
    """Copy no more than was promised; the sha256 of it."""
    digest, done = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        done += len(block)
        digest.update(block)
        out.write(block)
        if progress:
            progress(done, wanted.size)
        if done > wanted.size:
            break
    return digest.hexdigest()
