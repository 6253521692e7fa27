"""Chunks: the pieces that RIFF (WAV) and IFF (AIFF) files are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal

from unisono.tagging.writing.anatomy import Damaged, Segment, Unsupported, digest_of, exactly, length_of
from unisono.tagging.writing.forms import id3
from unisono.tagging.writing.forms.id3 import Id3

Order = Literal["little", "big"]
_MOST = 10_000


@dataclass(frozen=True)
class Chunk:
    """One chunk: its name, where its bytes start, and how many they are."""

    name: bytes
    start: int
    size: int

    @property
    def whole(self) -> tuple[int, int]:
        """From its name to its end, without a byte of padding."""
        return self.start - 8, self.start + self.size


@dataclass(frozen=True)
class Chunks:
    """A file's chunks; `trailing` is what stands behind the last one."""

    order: Order
    head: bytes
    chunks: tuple[Chunk, ...]
    trailing: tuple[int, int]

    def named(self, *names: bytes) -> list[Chunk]:
        """The chunks of some names."""
        return [chunk for chunk in self.chunks if chunk.name in names]

    def size(self, chunk: Chunk) -> bytes:
        """A chunk's size as it is written."""
        return chunk.size.to_bytes(4, self.order)


def read(stream: BinaryIO, order: Order) -> Chunks:
    """All chunks of a file, each wholly inside it.

    Raises: Damaged.
    """
    head, end = exactly(stream, 0, 12, "the header"), length_of(stream)
    stop = 8 + int.from_bytes(head[4:8], order)
    if stop > end:
        raise Damaged("the header claims more bytes than the file has")
    chunks, at = list[Chunk](), 12
    while at + 8 <= stop:
        name = exactly(stream, at, 8, "a chunk")
        size = int.from_bytes(name[4:], order)
        if at + 8 + size > stop or not name[:4].isascii() or not name[:4].decode("ascii").isprintable():
            raise Damaged(f"the chunk at byte {at}")
        chunks.append(Chunk(name[:4], at + 8, size))
        at += 8 + size + size % 2
        if len(chunks) > _MOST:
            raise Damaged("there are too many chunks")
    if at < stop:
        raise Damaged(f"what stands at byte {at} is no chunk")
    return Chunks(order, head, tuple(chunks), (stop, end))


def id3_of(stream: BinaryIO, chunks: Chunks) -> tuple[Chunk | None, Id3 | None]:
    """The chunk that holds the ID3 tag, and the tag.

    Raises: Damaged, Unsupported.
    """
    found = chunks.named(b"ID3 ", b"id3 ")
    if not found:
        return None, None
    if len(found) > 1:
        raise Damaged("there are two ID3 chunks")
    tag = id3.read(stream, found[0].start)
    if tag is None or tag.size > found[0].size:
        raise Damaged("the ID3 chunk holds no whole ID3 tag")
    if exactly(stream, found[0].start, found[0].size, "the ID3 chunk")[tag.size :].strip(b"\0"):
        raise Damaged("bytes follow the tag in the ID3 chunk")
    return found[0], tag


def rest_of(stream: BinaryIO, chunks: Chunks, without: set[Chunk]) -> dict[str, str]:
    """Digests of the chunks that must stay as they are, in their order."""
    kept = [chunk for chunk in chunks.chunks if chunk not in without]
    rest = {f"chunk {n} {c.name!r}": digest_of(stream, c.whole) for n, c in enumerate(kept)}
    return {**rest, "header": chunks.head[8:].hex(), "trailing": digest_of(stream, chunks.trailing)}


def segments(chunks: Chunks, replaced: dict[Chunk, bytes], new: list[bytes]) -> list[Segment]:
    """The file after some chunks got other bytes (name and size included; b"" removes one) and new ones were added."""
    body = list[Segment]()
    for chunk in chunks.chunks:
        if chunk not in replaced:
            body += [chunk.whole, bytes(chunk.size % 2)]
        elif replaced[chunk]:
            body.append(replaced[chunk])
    body += new
    size = 4 + sum(len(s) if isinstance(s, bytes) else s[1] - s[0] for s in body)
    if size >> 32:
        raise Unsupported("a file of 4 GiB, which cannot grow")
    return [chunks.head[:4] + size.to_bytes(4, chunks.order) + chunks.head[8:], *body, chunks.trailing]


def chunk_of(name: bytes, data: bytes, order: Order) -> bytes:
    """A chunk's bytes, padded to an even number."""
    return name + len(data).to_bytes(4, order) + data + bytes(len(data) % 2)
