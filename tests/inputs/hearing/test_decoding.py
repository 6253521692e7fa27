"""Any sound file becomes one checked mono waveform; a file that lies or breaks off is told."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from unisono.errors import AudioError
from unisono.inputs.hearing import Limits, Part, decode, open_sound

LOSSLESS = [".wav", ".flac", ".aiff", ".mp4"]
LOSSY = [".mp3", ".m4a", ".ogg", ".opus", ".wma", ".mka", ".aac", ".ac3", ".mp2", ".wv"]


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lossless_formats_give_the_samples_back(suffix: str, tmp_path: Path, music: Callable, write_sound: Callable):
    samples = music(2.0)
    sound = decode(write_sound(tmp_path / f"song{suffix}", samples))
    assert sound.sample_rate == 44_100
    assert sound.damage == ""
    # 16 bits, and encoders that scale by 32768 instead of 32767
    np.testing.assert_allclose(sound.waveform, samples.mean(axis=1), atol=4e-5)


@pytest.mark.parametrize("suffix", LOSSY)
def test_lossy_formats_sound_the_same(suffix: str, tmp_path: Path, music: Callable, write_sound: Callable):
    rate = 48_000 if suffix == ".opus" else 44_100
    samples = music(2.0, rate)
    sound = decode(write_sound(tmp_path / f"song{suffix}", samples, rate))
    assert sound.damage == ""
    assert abs(len(sound.waveform) - len(samples)) < 3000
    length, start = 10_000, 30_000
    wanted = samples.mean(axis=1)[start : start + length]
    # codecs shift the sound by up to a few frames
    shifts = np.lib.stride_tricks.sliding_window_view(sound.waveform[start - 2100 : start + length + 1100], length)
    wanted = wanted / np.linalg.norm(wanted)
    assert max(shift @ wanted / np.linalg.norm(shift) for shift in shifts[::2]) > 0.99


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, music: Callable, write_sound: Callable) -> Callable[[str], Path]:
    """Five and a half seconds of music in a format, made once."""
    folder = tmp_path_factory.mktemp("formats")

    def path_of(suffix: str) -> Path:
        path = folder / f"song{suffix}"
        return path if path.exists() else write_sound(path, music(5.5))

    return path_of


@pytest.mark.parametrize("suffix", [*LOSSLESS, ".mp3", ".m4a", ".ogg", ".mka", ".aac", ".wma"])
@pytest.mark.parametrize("part", [Part(0, 1), Part(2.123, 1.5), Part(4.7, 9.0), Part(3.3)])
def test_a_part_is_a_cut_of_the_whole(suffix: str, part: Part, written: Callable[[str], Path]):
    path = written(suffix)
    whole = decode(path).waveform
    first, count = part.samples(44_100)
    wanted = whole[first : None if count is None else first + count]
    np.testing.assert_allclose(decode(path, part).waveform, wanted, atol=1e-6)


def test_an_offset_behind_the_end_gives_nothing(tmp_path: Path, music: Callable, write_sound: Callable):
    for suffix in (".wav", ".mp3"):
        sound = decode(write_sound(tmp_path / f"song{suffix}", music(1.0)), Part(30.0, 5.0))
        assert (len(sound.waveform), sound.damage) == (0, "")


def test_blocks_are_bounded_however_long_the_file(tmp_path: Path, music: Callable, write_sound: Callable):
    for suffix in (".flac", ".mp3"):
        with open_sound(write_sound(tmp_path / f"song{suffix}", music(5.0))) as sound:
            assert max(len(block) for block in sound.blocks()) < 70_000


@pytest.mark.parametrize(("true", "claimed"), [(".flac", ".mp3"), (".mp3", ".wav"), (".m4a", ".txt"), (".wav", "")])
def test_a_wrong_suffix_is_no_obstacle(true: str, claimed: str, tmp_path: Path, music: Callable, write_sound: Callable):
    path = write_sound(tmp_path / f"song{true}", music(1.0))
    renamed = path.rename(tmp_path / f"other{claimed}")
    sound = decode(renamed)
    assert len(sound.waveform) > 40_000
    assert sound.damage == ""


def test_both_channels_count_the_same(tmp_path: Path, write_sound: Callable):
    left_only = np.zeros((44_100, 2), np.float32)
    left_only[:, 0] = 0.5
    for suffix in (".wav", ".mp4"):
        path = write_sound(tmp_path / f"song{suffix}", left_only)
        np.testing.assert_allclose(decode(path).waveform, 0.25, atol=1e-3)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".aiff", ".mp3", ".m4a", ".ogg"])
@pytest.mark.parametrize("share", [0.4, 0.9])
def test_a_truncated_file_is_told(suffix: str, share: float, tmp_path: Path, music: Callable, write_sound: Callable):
    settings = {"movflags": "faststart"} if suffix == ".m4a" else {}  # else its index is at the end
    path = write_sound(tmp_path / f"song{suffix}", music(3.0), **settings)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    sound = decode(path)
    assert sound.damage, "a part of the file was taken for the whole"
    assert 0 < len(sound.waveform) / 44_100 < 3.0 * share + 0.2


def test_a_truncated_mp3_that_does_not_count_its_frames_is_told(tmp_path: Path, music: Callable, write_sound: Callable):
    path = write_sound(tmp_path / "song.mp3", music(3.0), write_xing="0")
    data = path.read_bytes()
    assert decode(path).damage == ""
    path.write_bytes(data[: len(data) // 2])
    assert "middle of a packet" in decode(path).damage


def test_a_vbr_mp3_without_a_header_is_read_to_its_end(tmp_path: Path, music: Callable, write_sound: Callable):
    """libsndfile, the naive way, guesses from the first frame's bit rate and stops early without a word."""
    quiet = np.concatenate([music(4.0) * 0.8, music(1.0, seed=3) * 0.001])
    path = write_sound(tmp_path / "song.mp3", quiet, write_xing="0")
    sound = decode(path)
    assert abs(len(sound.waveform) / 44_100 - 5.0) < 0.1
    assert sound.damage == ""


def test_junk_in_the_middle_of_an_mp3_is_told(tmp_path: Path, music: Callable, write_sound: Callable):
    path = write_sound(tmp_path / "song.mp3", music(5.0))
    data = bytearray(path.read_bytes())
    junk = np.random.default_rng(0).integers(0, 255, len(data) // 3, np.uint8).tobytes()
    data[len(data) // 3 : len(data) // 3 + len(junk)] = junk
    path.write_bytes(data)
    assert decode(path).damage


def test_samples_that_no_sound_has_are_told_and_harmless(tmp_path: Path):
    wild = np.full(44_100, 0.1, np.float32)
    for bad, words in ((np.nan, "not numbers"), (np.inf, "not numbers"), (32_768.0, "reach 32768"), (-1e6, "1e\\+06")):
        wild[20_000] = bad
        soundfile.write(tmp_path / "song.wav", wild, 44_100, subtype="FLOAT")
        sound = decode(tmp_path / "song.wav")
        assert re.search(words, sound.damage), sound.damage
        assert np.abs(sound.waveform).max() <= 1.0


def test_a_small_overshoot_is_no_damage(tmp_path: Path):
    soundfile.write(tmp_path / "song.wav", np.full(4410, 1.3, np.float32), 44_100, subtype="FLOAT")
    sound = decode(tmp_path / "song.wav")
    assert sound.damage == ""
    np.testing.assert_allclose(sound.waveform, 1.3)


def test_a_flac_of_209_bytes_cannot_ask_for_256_gib(tmp_path: Path):
    path = tmp_path / "song.flac"
    path.write_bytes(flac_that_claims(2**36 - 1))
    assert path.stat().st_size == 209
    with pytest.raises(AudioError, match=r"song.flac: claims 1,558,\d+ s of sound, more than 14,400 s"):
        decode(path)


def test_limits_on_the_decoded_part(tmp_path: Path):
    path = tmp_path / "song.flac"
    path.write_bytes(flac_that_claims(44_100 * 3600))
    with pytest.raises(AudioError, match=r"158,760,000 samples in 2 channels need 1,270,080,000 bytes"):
        decode(path, limits=Limits(size=1 << 30))


@pytest.mark.parametrize(
    ("rate", "channels", "words"),
    [(1, 2, "sample rate is 1 Hz, outside 4-384 kHz"), (8_000_000, 1, "8000000 Hz"), (8000, 1000, "1000 channels")],
)
def test_formats_that_no_music_has_are_refused(rate: int, channels: int, words: str, tmp_path: Path):
    path = tmp_path / "song.wav"
    path.write_bytes(wav_that_claims(rate, channels, 16_000))
    with pytest.raises(AudioError, match=words):
        decode(path)


def test_what_is_no_sound_is_refused_with_the_reason(tmp_path: Path):
    (tmp_path / "empty.mp3").write_bytes(b"")
    (tmp_path / "text.mp3").write_text("these are the words of a song\n" * 100)
    with pytest.raises(AudioError, match="empty file"):
        decode(tmp_path / "empty.mp3")
    with pytest.raises(
        AudioError,
        match=r"text.mp3: cannot be read as sound \(it begins like no format of sound\)\. It is damaged, or something",
    ):
        decode(tmp_path / "text.mp3")
    with pytest.raises(AudioError, match="does not exist"):
        decode(tmp_path / "missing.mp3")
    with pytest.raises(AudioError, match="cannot be opened"):
        decode(tmp_path)


def test_a_playlist_is_not_followed(tmp_path: Path, music: Callable, write_sound: Callable):
    write_sound(tmp_path / "song.aac", music(1.0))
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\nsong.aac\n#EXT-X-ENDLIST\n")
    with pytest.raises(AudioError, match=r"list.m3u8"):
        decode(tmp_path / "list.m3u8")


def test_no_address_is_followed(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/song.aac"
        (tmp_path / "song.mp3").write_text(
            f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1.0,\n{address}\n#EXT-X-ENDLIST\n"
        )
        with pytest.raises(AudioError, match=r"song.mp3"):
            decode(tmp_path / "song.mp3")
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_picture_alone_is_no_sound(tmp_path: Path):
    path = tmp_path / "cover.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=1, width=32, height=32)
        container.mux([*stream.encode(av.VideoFrame(32, 32, "yuv420p")), *stream.encode(None)])
    with pytest.raises(AudioError, match=r"cover.mp4: holds no sound that can be read"):
        decode(path)


@pytest.mark.parametrize(
    "name", ["http:colon|pipe.mp3", "-rf.wav", "a\nb.mp3", "caf\udce9.mp3", "caf\udce9.wav", "%d.mp3"]
)
def test_any_file_name_is_only_a_file_name(
    name: str, tmp_path: Path, music: Callable, write_sound: Callable, monkeypatch: pytest.MonkeyPatch
):
    plain = write_sound(tmp_path / f"plain{name[-4:]}", music(1.0))
    plain.rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / name, Path(name)):
        assert len(decode(path).waveform) > 40_000


def flac_that_claims(frames: int) -> bytes:
    """A FLAC header for 44.1 kHz stereo and nothing behind it, 209 bytes."""
    packed = 44_100 << 44 | 1 << 41 | 15 << 36 | frames
    info = struct.pack(">HH", 4096, 4096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    head = b"fLaC" + b"\x00" + len(info).to_bytes(3, "big") + info
    rest = 209 - len(head) - 4
    return head + b"\x81" + rest.to_bytes(3, "big") + bytes(rest)


def wav_that_claims(rate: int, channels: int, size: int) -> bytes:
    """A WAV file of 16 bits."""
    block = 2 * channels
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * block % 2**32, block, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size) + bytes(size)
    return b"RIFF" + struct.pack("<I", len(body)) + body
