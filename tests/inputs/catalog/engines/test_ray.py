"""The engine ray: a node that is killed costs nothing, and nobody is connected to without a token."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest

from unisono.collection import Track
from unisono.errors import MissingExtra, UserError
from unisono.inputs import input_of
from unisono.inputs.catalog import Catalog, Cluster, Hearing, Order
from unisono.inputs.catalog.engines.ray import _check_door, _connected, _secure
from unisono.inputs.extraction import Workers
from unisono.tagging import open_model
from unisono.tagging.catalog import tagging_with
from unisono.tagging.tagged import Layout

SCRIPT = Path(__file__).with_name("cluster.py")
EAR = {"kind": "mel", "sample_rate": 8000, "n_fft": 256, "hop_length": 256, "n_mels": 20, "duration": 1.0}
LIMIT = 120.0  # seconds; half a minute is usual


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Runs a script in a session of its own; every process of that session is ended, however the test ends."""

    def run(script: Path, settings: dict[str, object], env: dict[str, str]) -> str:
        command = [sys.executable, str(script), json.dumps(settings)]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, stdout=pipe, stderr=pipe, text=True, env=os.environ | env, start_new_session=True
        )
        try:
            out, complaints = process.communicate(timeout=LIMIT)
        finally:
            for pid in members(process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()
        assert process.returncode == 0, complaints[-3000:]
        return out

    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as folder:  # sockets want short paths
        monkeypatch.setenv("RAY_TMPDIR", folder)
        yield run


def members(session: int) -> list[int]:
    """The processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_a_node_killed_mid_run_loses_nothing(
    sounds: list[Path], sound_model: Path, tmp_path: Path, started: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two nodes, one of them killed while it works: byte for byte what this machine alone makes."""
    pytest.importorskip("ray", reason="needs the extra [ray]")
    (tmp_path / "begun").mkdir()
    sounds[3].write_bytes(b"RIFF")
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), "RAY_USAGE_STATS_ENABLED": "0"}
    health = {"initial_delay_ms": "0", "period_ms": "300", "timeout_ms": "1000", "failure_threshold": "3"}
    env = {**token, "BEGUN": str(tmp_path / "begun"), **{f"RAY_health_check_{k}": v for k, v in health.items()}}
    settings = {"folder": str(tmp_path), "sounds": [str(p) for p in sounds], "input": EAR, "model": str(sound_model)}
    told = json.loads(started(SCRIPT, settings, env).splitlines()[-1])
    assert told["killed_after"][0] < len(sounds), "the node was killed too late to prove anything"
    assert told["begun_twice"], "the dead node's block was not begun again"
    assert (told["kept"], told["failures"]) == (len(sounds) - 1, [sounds[3].name])
    assert told["tagged"] == len(sounds) - 1

    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    tracks = [Track(path.name, path) for path in sounds]
    Catalog(Hearing({"audio": input_of(EAR)}), tracks, Order(str(tmp_path / "here"), block=4)).run()
    Catalog(tagging_with(open_model(sound_model), Layout()), tracks, Order(str(tmp_path / "here-tags"), block=6)).run()
    for ours, theirs in (("here", "ray"), ("here-tags", "ray-tags")):
        assert contents(tmp_path / ours) == contents(tmp_path / theirs)
    assert len(contents(tmp_path / "here")) == 1 + 2 * 3


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_no_cluster_is_connected_to_without_a_token(
    no_token: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = Cluster("10.0.0.1:6379")
    with pytest.raises(UserError, match=r"^--ray-address 10.0.0.1:6379: there is no token for the cluster"):
        _secure(address)
    _secure(Cluster("10.0.0.1:6379", insecure=True))
    assert os.environ["RAY_AUTH_MODE"] == "disabled"
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("told\n")
    _secure(address)
    assert os.environ["RAY_AUTH_MODE"] == "token" and "RAY_AUTH_TOKEN" not in os.environ
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_a_cluster_of_its_own_has_a_token_of_its_own(no_token: None, tmp_path: Path) -> None:
    _secure(Cluster())
    assert os.environ["RAY_AUTH_MODE"] == "token" and len(os.environ["RAY_AUTH_TOKEN"]) == 64
    assert not (tmp_path / ".ray").exists()


@pytest.mark.parametrize(
    ("address", "line"),
    [("127.0.0.1:1", r"nobody answers there \(Connection refused\)"), ("here", '"here" is no address but HOST:PORT')],
)
def test_an_address_where_nobody_answers_is_one_line(
    no_token: None, monkeypatch: pytest.MonkeyPatch, address: str, line: str
) -> None:
    monkeypatch.setitem(sys.modules, "ray", pytest)
    with pytest.raises(UserError, match=line), _connected(Cluster(address, insecure=True)):
        pass


def test_a_cluster_that_asks_nobody_for_a_token_is_told() -> None:
    answers: list[object] = [False, True, RuntimeError("No module named 'unisono'")]

    def get(*given: object, **how: object) -> object:
        if isinstance(answers[0], Exception):
            raise answers.pop(0)  # type: ignore[misc]
        return answers.pop(0)

    task = SimpleNamespace(remote=lambda: None)
    ray = SimpleNamespace(
        get=get, remote=lambda **how: lambda work: task, exceptions=SimpleNamespace(RayError=RuntimeError)
    )
    with pytest.raises(UserError, match=r"^--ray-address a:1: the cluster asks nobody for a token"):
        _check_door(ray, "a:1")
    _check_door(ray, "a:1")
    with pytest.raises(UserError, match="the cluster cannot work for us"):
        _check_door(ray, "a:1")


def test_without_ray_it_says_what_to_install(no_token: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    order = Order(str(tmp_path / "shards"), "ray", 4, True, Workers())
    with pytest.raises(MissingExtra, match=r'the engine ray: the package "ray" is not installed.*"unisono\[ray\]"'):
        Catalog(Hearing({"audio": input_of(EAR)}), [Track("a")], order).run()
