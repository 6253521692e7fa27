"""What a sound file may claim: checked before memory is allocated and again while it is read."""

from __future__ import annotations

from pydantic import Field

from unisono.errors import AudioError
from unisono.parts import Settings

_DAMAGED = "The header is probably damaged; convert the file again."


class Limits(Settings):
    """Bounds for one file; a header that claims more is refused before anything is allocated.

    Args:
        seconds: longest whole file.
        min_rate: lowest sample rate in Hz.
        max_rate: highest sample rate in Hz.
        channels: most channels.
        size: most bytes of the decoded part, as float32 over all channels.
    """

    seconds: float = Field(4 * 3600.0, gt=0)
    min_rate: int = 4_000
    max_rate: int = 384_000
    channels: int = 8
    size: int = 4 << 30

    def check_format(self, where: str, sample_rate: int, channels: int) -> None:
        """Refuse a sample rate or a number of channels that no music file has.

        Raises: AudioError.
        """
        if not self.min_rate <= sample_rate <= self.max_rate:
            bounds = f"{self.min_rate / 1000:g}-{self.max_rate / 1000:g} kHz"
            raise AudioError(where, f"sample rate is {sample_rate} Hz, outside {bounds}", _DAMAGED)
        if not 1 <= channels <= self.channels:
            raise AudioError(where, f"has {channels} channels, outside 1-{self.channels}", _DAMAGED)

    def check_length(self, where: str, seconds: float) -> None:
        """Refuse a file that is, or claims to be, longer than `seconds`.

        Raises: AudioError.
        """
        if seconds > self.seconds:
            found = f"claims {seconds:,.0f} s of sound, more than {self.seconds:,.0f} s"
            raise AudioError(where, found, "The header is damaged, or raise max_seconds for files that long.")

    def check_size(self, where: str, frames: int, channels: int) -> None:
        """Refuse a part whose decoded samples would not fit into `size` bytes.

        Raises: AudioError.
        """
        needed = frames * channels * 4
        if needed > self.size:
            found = f"{frames:,} samples in {channels} channels need {needed:,} bytes, more than {self.size:,}"
            raise AudioError(where, found, "Read a part of it with offset and duration.")
