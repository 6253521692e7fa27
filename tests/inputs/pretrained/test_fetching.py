"""Fetching: only the very bytes that were promised are kept."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from unisono.errors import FetchError
from unisono.inputs.pretrained import REMOTES, Remote, fetch, remote

CONTENT = b"weights " * 100_000


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server on loopback that offers a folder."""
    folder = tmp_path / "offered"
    folder.mkdir()
    (folder / "net.hdf5").write_bytes(CONTENT)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def offer(url: str) -> Remote:
    return Remote("net", "a network", url, hashlib.sha256(CONTENT).hexdigest(), len(CONTENT), "none")


def test_what_is_fetched_is_what_was_promised(address: str) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch(offer(f"{address}/net.hdf5"), progress=lambda done, of: seen.append((done, of)))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert len(seen) > 2


def test_what_is_here_is_not_fetched_again(address: str, tmp_path: Path) -> None:
    wanted = offer(f"{address}/net.hdf5")
    path = fetch(wanted)
    (tmp_path / "offered" / "net.hdf5").unlink()
    assert fetch(wanted) == path
    path.write_bytes(b"torn")  # what is damaged here is wanted again
    with pytest.raises(FetchError, match="cannot be had"):
        fetch(wanted)


def test_a_file_can_stand_in(tmp_path: Path) -> None:
    (tmp_path / "copy").write_bytes(CONTENT)
    wanted = offer("http://127.0.0.1:9/net.hdf5")
    assert fetch(wanted, str(tmp_path / "copy")).read_bytes() == CONTENT
    wanted.path.unlink()
    assert fetch(wanted, (tmp_path / "copy").as_uri()).read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT[:-1] + b"?", CONTENT * 3, b""])
def test_other_bytes_are_not_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "copy").write_bytes(content)
    wanted = offer("")
    with pytest.raises(FetchError, match=r"has the sha256 .{12}\.\.\. but .{12}\.\.\. is net"):
        fetch(wanted, str(tmp_path / "copy"))
    assert not list(wanted.path.parent.iterdir())


@pytest.mark.parametrize("place", ["{address}/nothing.hdf5", "http://127.0.0.1:9/net.hdf5", "nowhere/net.hdf5"])
def test_what_cannot_be_had_is_said(address: str, place: str) -> None:
    with pytest.raises(FetchError, match=r"cannot be had .*Check the connection and the address"):
        fetch(offer(place.format(address=address)))


def test_every_offer_is_pinned_and_tells_its_licence() -> None:
    for name, offered in REMOTES.items():
        assert remote(name) is offered
        assert offered.url.startswith("https://")
        assert len(offered.sha256) == 64
        assert offered.licence and offered.what
    with pytest.raises(FetchError, match='Did you mean "choi2017-keras"'):
        remote("choi2017-kerras")
