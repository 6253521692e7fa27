"""What is tracked: text without places of one machine, and no sound, model or table that is somebody's."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ABSOLUTE = re.compile(
    r"(?<![\w.:/~-])/(?:home|root|Users|workspace|" + "wor" + r"k|mnt|opt|data)/[\w.-]+|\b[A-Z]:\\\\?[A-Za-z]\w+\\"
)
BESIDE = "share" + "d/"  # the folder of real collections may stand beside the checkout: only .ci/run knows
HEAVY = {".wav", ".mp3", ".flac", ".ogg", ".m4a", ".onnx", ".safetensors", ".pt", ".pkl", ".npy", ".npz", ".parquet"}


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def places(text):
    """Absolute paths of one machine that a text names."""
    return ABSOLUTE.findall(text)


def texts():
    for path in tracked():
        if path.suffix not in {".png", ".svg"} and path.stat().st_size < 1_000_000:
            yield path.relative_to(ROOT), path.read_text(encoding="utf8")


def test_no_file_names_a_place_of_one_machine():
    assert not [(str(path), found) for path, text in texts() if (found := places(text))]


def test_only_the_ci_script_knows_the_folder_beside_the_checkout():
    found = [str(path) for path, text in texts() if f"../{BESIDE}" in text and str(path) != ".ci/run"]
    assert not found


def test_no_sound_model_or_array_is_tracked():
    assert not [str(p) for p in tracked() if p.suffix in HEAVY and "golden" not in p.parts]


def test_nothing_large_is_tracked():
    assert not [str(p) for p in tracked() if p.stat().st_size > 1_000_000]


@pytest.mark.parametrize("text", ["see ~home~anna~music", "'~root~x'", "C:`Users`me`x", "(~opt~wheels)"])
def test_a_place_is_seen(text):
    assert places(text.replace("~", "/").replace("`", "\\"))


@pytest.mark.parametrize(
    "text", ["music/a.flac", "https://x.org/home/y", "~/Music/home/x", "../data/x", "/tmp", "and/or/data/x"]
)
def test_a_relative_path_is_let_pass(text):
    assert not places(text)
