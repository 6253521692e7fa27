import numpy as np
import pytest
import soundfile

from unisono.demo import SAMPLE_RATE, chord, clicks, noise, save, tone
from unisono.demo.sounds import decay, place, play, wavetable


def peaks_hz(waveform, count):
    spectrum = np.abs(np.fft.rfft(waveform))
    return sorted(np.argsort(spectrum)[-count:] * SAMPLE_RATE / len(waveform))


def test_tone_lands_in_its_bin_at_its_level():
    waveform = tone(440, 1.0, level=0.3)
    assert peaks_hz(waveform, 1) == [440]
    assert np.sqrt(2 * np.mean(waveform**2)) == pytest.approx(0.3, rel=1e-3)


def test_chord_holds_its_tones_and_no_more():
    waveform = chord([220, 330, 550], 1.0)
    assert peaks_hz(waveform, 3) == [220, 330, 550]
    assert np.abs(waveform).max() <= 0.5


def test_clicks_come_on_the_beat():
    waveform = clicks(tempo=120, seconds=3)
    loud = np.flatnonzero(np.abs(waveform) > 0.1)
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-SAMPLE_RATE) > 1000)]
    np.testing.assert_allclose(starts / SAMPLE_RATE, np.arange(6) / 2, atol=0.001)


def test_noise_is_white_repeatable_and_of_its_level():
    waveform = noise(2, level=0.2, seed=3)
    power = np.abs(np.fft.rfft(waveform)) ** 2
    low, high = (half.mean() for half in np.array_split(power, 2))
    assert low == pytest.approx(high, rel=0.1)
    assert np.sqrt(np.mean(waveform**2)) == pytest.approx(0.2, rel=0.02)
    np.testing.assert_array_equal(waveform, noise(2, level=0.2, seed=3))
    assert not np.array_equal(waveform, noise(2, level=0.2, seed=4))


def test_wavetable_plays_its_harmonics():
    waveform = play(wavetable([1, 0, 0.5]), 200, SAMPLE_RATE)
    assert peaks_hz(waveform, 2) == [200, 600]
    spectrum = np.abs(np.fft.rfft(waveform))
    assert spectrum[600] / spectrum[200] == pytest.approx(0.5, rel=0.01)
    spectrum[[200, 600]] = 0
    assert np.sum(spectrum**2) < 1e-5 * np.sum(np.abs(np.fft.rfft(waveform)) ** 2)


def test_a_gliding_frequency_passes_through_every_pitch():
    glide = play(wavetable([1]), np.linspace(100, 300, SAMPLE_RATE))
    crossings = np.count_nonzero(np.diff(np.signbit(glide)))
    assert crossings == pytest.approx(2 * 200, abs=2)  # 200 Hz on average


def test_decay_falls_to_a_third_and_ends_in_silence():
    fall = decay(SAMPLE_RATE, 0.2)
    assert fall[round(0.2 * SAMPLE_RATE)] == pytest.approx(np.exp(-1), rel=1e-3)
    assert fall[0] == 1
    assert decay(SAMPLE_RATE, 10.0)[-1] < 0.01  # a sound that is cut while loud would click


def test_place_adds_and_cuts_at_the_end():
    out = np.zeros(6, np.float32)
    place(out, np.ones(3, np.float32), np.array([0, 2, 5, 9]), [1, 2, 4, 8])
    assert out.tolist() == [1, 1, 3, 2, 2, 4]


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_save_keeps_sound_and_tags(tmp_path, suffix):
    path = tmp_path / f"sound{suffix}"
    stereo = np.stack([tone(440, 0.1), tone(660, 0.1)], axis=1)
    save(path, stereo, tags={"artist": "Ka Lo", "title": "Neon Garden"})
    with soundfile.SoundFile(path) as file:
        assert (file.samplerate, file.channels, file.artist, file.title) == (SAMPLE_RATE, 2, "Ka Lo", "Neon Garden")
        np.testing.assert_allclose(file.read(), stereo, atol=1 / 2**15)
