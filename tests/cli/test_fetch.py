"""`unisono fetch`: lists with licences, takes only the pinned bytes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from unisono.cli._app import run
from unisono.inputs.pretrained import REMOTES

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file on disk that stands in for the authors' server."""
    path = tmp_path / "model.hdf5"
    path.write_bytes(b"made up")
    known = REMOTES["choi2017-keras"]
    digest = hashlib.sha256(b"made up").hexdigest()
    monkeypatch.setitem(REMOTES, known.name, replace(known, url=path.as_uri(), sha256=digest, size=7))
    monkeypatch.setenv("UNISONO_CACHE", str(tmp_path / "cache"))
    return path


def test_without_a_name_all_are_listed_with_their_licences(capsys: Capture) -> None:
    assert run(["fetch"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["name", *REMOTES]
    assert all("none stated" in line for line in lines[1:])


def test_fetches_and_tells_the_licence(capsys: Capture, tmp_path: Path) -> None:
    assert run(["fetch", "choi2017-keras"]) == 0
    shown = capsys.readouterr().out
    assert "licence: none stated" in shown
    assert (tmp_path / "cache" / "fetched" / "choi2017-keras.hdf5").read_bytes() == b"made up"
    assert run(["fetch", "choi2017-keras", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["here"] is True


def test_other_bytes_are_refused(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"made  up")
    assert run(["fetch", "choi2017-keras", "--from", str(tmp_path / "other")]) == 2
    assert "nothing was kept" in capsys.readouterr().err
    assert run(["fetch", "choi2017-kerras"]) == 2
    assert 'Did you mean "choi2017-keras"?' in capsys.readouterr().err
