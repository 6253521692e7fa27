"""`unisono tag --write`, its dry run and its diff, `--resume`, and `unisono undo`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import soundfile
from mutagen.flac import FLAC

from unisono.cli import _writing
from unisono.cli._app import run
from unisono.cli._outcomes import Ledger
from unisono.tagging.writing import Outcome
from unisono.tagging.writing.wishes import Change

Capture = pytest.CaptureFixture[str]
FINE = Outcome("a.mp3", "unchanged")


@pytest.fixture(autouse=True)
def journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNISONO_JOURNALS", str(tmp_path / "journals"))
    return tmp_path / "journals"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    for number, pitch in enumerate((200, 3000, 250)):
        wave = np.sin(2 * np.pi * pitch * np.arange(8000) / 8000) * 0.3
        soundfile.write(folder / f"{number}.flac", wave, 8000)
    return folder


def hashes(folder: Path) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())]


def pitch_of(path: Path) -> list[str]:
    found: list[str] = (FLAC(path).tags or {}).get("PITCH", [])
    return found


def test_files_are_written_and_given_back(sound_model: Path, music: Path, capsys: Capture) -> None:
    before = hashes(music)
    assert run(["tag", str(sound_model), str(music), "--write"]) == 0
    assert "3 files written; `unisono undo " in capsys.readouterr().out
    assert [pitch_of(path) for path in sorted(music.iterdir())] == [["low"], ["high"], ["low"]]
    assert run(["undo"]) == 0
    assert capsys.readouterr().out == "3 given back\n"
    assert hashes(music) == before


def test_writing_again_changes_nothing(sound_model: Path, music: Path, capsys: Capture) -> None:
    run(["tag", str(sound_model), str(music), "--write", "-q"])
    after = hashes(music)
    assert run(["tag", str(sound_model), str(music), "--write"]) == 0
    assert "3 unchanged" in capsys.readouterr().out
    assert hashes(music) == after


def test_without_write_nothing_is_written(sound_model: Path, music: Path, tmp_path: Path, capsys: Capture) -> None:
    before = hashes(music)
    assert run(["tag", str(sound_model), str(music), "--diff", "-"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "path\tfield\told\tnew" and f"{music}/1.flac\tpitch\t\thigh" in shown
    assert shown[-1] == "dry run: 3 files would change; --write writes them"
    assert run(["tag", str(sound_model), str(music), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["writing"]
    assert told["planned"] == 3 and told["files"][0]["changes"]["pitch"] == {"old": [], "new": ["low"]}
    assert hashes(music) == before and not (tmp_path / "journals").exists()


@pytest.mark.parametrize("suffix", ["html", "json"])
def test_the_diff_is_a_file(sound_model: Path, music: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"changes.{suffix}"
    assert run(["tag", str(sound_model), str(music), "--diff", str(path)]) == 0
    assert "1.flac" in path.read_text() and "high" in path.read_text()


def test_the_profile_and_single_keys_say_how(sound_model: Path, music: Path) -> None:
    options = ["--profile", "serato", "--set", "pitch.field=comment", "--set", "loudness.field=[]"]
    assert run(["tag", str(sound_model), str(music), "--write", "-q", *options]) == 0
    assert FLAC(music / "1.flac").tags["COMMENT"] == ["[PITCH: high]"]


def test_a_file_that_cannot_be_written_is_named(sound_model: Path, music: Path, capsys: Capture) -> None:
    (music / "1.flac").chmod(0o444)
    assert run(["tag", str(sound_model), str(music), "--write"]) == 3
    shown = capsys.readouterr()
    assert f"not written {music}/1.flac: is read-only" in shown.err
    assert "2 files written, 1 not written" in shown.out
    assert not pitch_of(music / "1.flac")


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_failures_are_a_table(sound_model: Path, music: Path, tmp_path: Path, suffix: str, capsys: Capture) -> None:
    (music / "1.flac").chmod(0o444)
    (music / "bad\n.mp3").write_bytes(b"ID3 no song")
    path = tmp_path / f"failures.{suffix}"
    assert run(["tag", str(sound_model), str(music), "--write", "--failures", str(path)]) == 3
    read = pl.read_csv(path) if suffix == "csv" else pl.read_parquet(path)
    rows = {Path(row["path"]).name: (row["stage"], row["reason"]) for row in read.iter_rows(named=True)}
    assert set(rows) == {"1.flac", "bad\n.mp3"}
    assert rows["1.flac"][0] == "writing" and "is read-only" in rows["1.flac"][1]
    assert rows["bad\n.mp3"][0] == "reading" and rows["bad\n.mp3"][1]
    (music / "1.flac").chmod(0o644)
    (music / "bad\n.mp3").unlink()
    assert run(["tag", str(sound_model), str(music), "--write", "--failures", str(path)]) == 0
    read = pl.read_csv(path) if suffix == "csv" else pl.read_parquet(path)
    assert (read.columns, len(read)) == (["path", "stage", "reason"], 0), "a run without failures says so"


def test_what_is_written_is_counted_though_not_kept(sound_model: Path, music: Path, capsys: Capture) -> None:
    assert run(["tag", str(sound_model), str(music), "--write", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["tracks"], told["writing"]["written"]) == (3, 3)


def test_what_is_not_shown_is_not_kept() -> None:
    """Memory stays small: of files that were written only the first ones are kept, of skipped ones all."""
    change = Change("genre", (), ("House",))
    small, whole = Ledger(False), Ledger(True)
    for number in range(1000):
        for ledger in (small, whole):
            ledger.add(Outcome(f"{number}.mp3", "written", (change, change)))
            ledger.add(Outcome(f"{number}.wav", "skipped", reason="is read-only") if number % 100 == 0 else FINE)
    assert small.states == whole.states == {"written": 1000, "unchanged": 990, "skipped": 10}
    assert (len(small.kept), len(small.skipped), small.fields) == (60, 10, 2000)
    assert len(whole.kept) == 2000


def test_a_stopped_run_goes_on(
    sound_model: Path, music: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, journals: Path
) -> None:
    real, written = _writing.Writer.write, []

    def stopped(self, path, tags):  # type: ignore[no-untyped-def]
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        return real(self, path, tags)

    monkeypatch.setattr(_writing.Writer, "write", stopped)
    (music / "0a.mp3").write_bytes(b"ID3 no song")
    failures = music.with_name("failures.parquet")
    assert run(["tag", str(sound_model), str(music), "--write", "--failures", str(failures)]) == 130
    (music / "0a.mp3").unlink()
    assert [Path(path).name for path in pl.read_parquet(failures)["path"]] == ["0a.mp3"], "what failed until then"
    assert "Run again with --resume" in capsys.readouterr().err
    written.clear()
    assert run(["tag", str(sound_model), str(music), "--write", "--resume"]) == 0
    assert written == [f"{music}/2.flac"]
    capsys.readouterr()
    assert run(["tag", str(sound_model), str(music), "--write", "--resume"]) == 0
    assert capsys.readouterr().out.startswith("nothing was left to do; `unisono undo ")
    assert len(list(journals.glob("*.sqlite"))) == 1
    assert run(["undo"]) == 0 and not pitch_of(music / "0.flac")


@pytest.mark.parametrize(
    ("options", "told"),
    [(["--write"], "written, `unisono undo "), (["--diff", "-"], "nothing was written into the files")],
)
def test_a_stopped_run_says_what_it_did(
    sound_model: Path, music: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, options: list[str], told: str
) -> None:
    real = _writing.Ledger.add

    def stopped(self, outcome):  # type: ignore[no-untyped-def]
        real(self, outcome)
        raise KeyboardInterrupt

    monkeypatch.setattr(_writing.Ledger, "add", stopped)
    assert run(["tag", str(sound_model), str(music), *options]) == 130
    said = capsys.readouterr().err
    assert told in said and ("--resume" in said) == (options == ["--write"])


def test_what_was_written_is_said_also_when_the_diff_cannot_be(
    sound_model: Path, music: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*given: object) -> None:
        raise OSError(5, "Input/output error", "changes.html")

    monkeypatch.setattr(_writing, "commit_bytes", full)
    assert run(["tag", str(sound_model), str(music), "--write", "--diff", str(tmp_path / "changes.html")]) == 2
    assert "3 files written, `unisono undo " in capsys.readouterr().err


def test_files_that_a_table_names_are_written(sound_model: Path, music: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "lists").mkdir()
    table = tmp_path / "lists" / "songs.csv"
    table.write_text(f"path\n../music/0.flac\n{music}/1.flac\n")
    assert run(["tag", str(sound_model), str(table), "--write"]) == 0
    assert "2 files written" in capsys.readouterr().out
    assert [pitch_of(path) for path in sorted(music.iterdir())] == [["low"], ["high"], []]


@pytest.mark.parametrize("option", ["-o", "--diff", "--failures"])
def test_a_place_that_is_none_is_told_before_the_work(
    sound_model: Path, music: Path, tmp_path: Path, capsys: Capture, option: str
) -> None:
    before = hashes(music)
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / ("changes.html" if option == "--diff" else "table.csv")
    assert run(["tag", str(sound_model), str(music), "--write", option, str(place)]) == 2
    assert f"{tmp_path}/file: is a file but a folder is needed" in capsys.readouterr().err
    assert hashes(music) == before


def test_a_change_of_a_task_that_the_model_lacks_is_told(sound_model: Path, music: Path, capsys: Capture) -> None:
    assert run(["tag", str(sound_model), str(music), "--write", "--set", "pich.mode=append"]) == 2
    assert '"pich" is no task of this model. Did you mean "pitch"?' in capsys.readouterr().err
    assert not pitch_of(music / "0.flac")


def test_what_another_profile_wrote_and_this_one_does_not_is_said(
    sound_model: Path, music: Path, capsys: Capture
) -> None:
    run(["tag", str(sound_model), str(music), "--write", "-q", "--set", "pitch.field=grouping"])
    capsys.readouterr()
    for more in (["--diff", "-"], ["--write"]):
        assert run(["tag", str(sound_model), str(music), *more]) == 0
        told = "3 files still hold what an earlier run wrote into grouping, which this profile does not write; undo"
        assert told in capsys.readouterr().out
    assert FLAC(music / "0.flac")["GROUPING"] == ["low"]
    file = FLAC(music / "0.flac")
    file["GROUPING"] = ["mine"]
    file.save()
    assert run(["tag", str(sound_model), str(music), "--diff", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["writing"]["stays"] == {"grouping": 2}, "one is the user's now"


def test_an_edited_file_is_not_undone(sound_model: Path, music: Path, capsys: Capture) -> None:
    run(["tag", str(sound_model), str(music), "--write", "-q"])
    tags = FLAC(music / "0.flac")
    tags["GENRE"] = "mine"
    tags.save()
    assert run(["undo", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["restored"] == 2
    assert told["refused"] == [{"path": f"{music}/0.flac", "reason": "was edited since"}]


def test_undo_goes_on_after_what_it_cannot_undo(sound_model: Path, music: Path, capsys: Capture) -> None:
    before = hashes(music)
    run(["tag", str(sound_model), str(music / "1.flac"), "--write", "-q"])
    run(["tag", str(sound_model), str(music / "0.flac"), "--write", "-q"])
    (music / "0.flac").unlink()
    assert run(["undo"]) == 3
    shown = capsys.readouterr()
    assert f"not undone {music}/0.flac: is not there any more: moved or deleted since" in shown.err
    name = shown.out.split("`unisono undo ")[1].split("`")[0]
    assert "what was not undone stays as it is" in shown.out
    assert run(["undo"]) == 0 and hashes(music) == before[1:]
    assert run(["undo"]) == 2
    assert f"`unisono undo {name}` tries them again" in capsys.readouterr().err
    assert run(["undo", name]) == 3


def test_runs_are_listed(sound_model: Path, music: Path, capsys: Capture) -> None:
    assert run(["undo", "--list"]) == 0
    assert "no run to undo" in capsys.readouterr().out
    run(["tag", str(sound_model), str(music), "--write", "-q", "--profile", "mixxx"])
    assert run(["undo", "--list"]) == 0
    shown = capsys.readouterr().out.splitlines()[-1].split("\t")
    assert shown[2:] == ["mixxx", "3", "0"]
    run(["tag", str(sound_model), str(music), "--write", "-q", "--profile", "mixxx"])  # has nothing to write
    assert run(["undo", "--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2, "a run that wrote no file cannot be undone"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resume"], "--resume: there is nothing to go on with but a --write"),
        (["--diff", "changes.pdf"], "the suffix must be .html or .json"),
        (["--failures", "failures.txt"], "failures.txt: the suffix must be .csv or .parquet"),
        (["--profile", "recordbox"], 'Did you mean "rekordbox"'),
        (["--set", "pitch.field=artist"], '"artist" is never written'),
    ],
)
def test_mistakes_are_told_before_the_work(music: Path, capsys: Capture, options: list[str], message: str) -> None:
    assert run(["tag", "no-model", str(music), *options]) == 2
    assert message in capsys.readouterr().err
