"""Computed targets: what an experiment says of targets that stand in no column; `targets` computes them."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from unisono.parts import Settings


class ArtistGroups(Settings):
    """`target = { kind = "artist_groups", ... }`: artist group factors, shares of the topics that an artist is made of.

    Descriptors of all tracks are sorted into a codebook by k-means, an artist is the bag of the words of their tracks,
    and latent Dirichlet allocation finds topics in the bags (Kim et al. 2018). Exactly one of `columns`, `frames` and
    `labels` says what is described. What is learned, is learned from the training tracks.

    Args:
        columns: names or patterns of columns of numbers: one vector a track, shared out over the nearest words.
        frames: "mfcc", "chroma" or "contrast" of each frame of the sound, by librosa: a word each.
        labels: a column of labels, such as subgenres: each label is a word, and there is no codebook.
        separator: between the labels of a cell.
        exclude: columns, or labels, that are not used.
        artist: the column of artists.
        min_tracks: artists of fewer described tracks have no target.
        codebook: words of the codebook.
        words: how many words the one vector of a track counts as; for `columns`.
        frames_a_track: frames of a track that the codebook is made from; 0 takes all.
        scaling: bring descriptors to mean 0 and deviation 1 first.
        topics: number of topics, so of the task's outputs.
        passes: over all artists, of the allocation.
        share: "normalise" makes shares of the allocation's counts, "softmax" takes their softmax as published, which
            is nearly all or nothing for artists of many words.
        protocol: "train", or "published": learned from all tracks, those that judge too; stamped leaky.
        transposed: chroma and contrast of the spectrogram on its side, a slip of the published code.
        seed: of codebook and topics.
    """

    kind: Literal["artist_groups"] = "artist_groups"
    columns: tuple[str, ...] = ()
    frames: Literal["mfcc", "chroma", "contrast"] | None = None
    labels: str | None = None
    separator: str = Field(default=";", min_length=1)
    exclude: tuple[str, ...] = ()
    artist: str = "artist"
    min_tracks: int = Field(default=3, ge=1)
    codebook: int = Field(default=256, ge=2)
    words: float = Field(default=100.0, gt=0)
    frames_a_track: int = Field(default=256, ge=0)
    scaling: bool = True
    topics: int = Field(default=40, ge=2)
    passes: int = Field(default=20, ge=1)
    share: Literal["normalise", "softmax"] = "normalise"
    protocol: Literal["train", "published"] = "train"
    transposed: bool = False
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [n for n in ("columns", "frames", "labels") if getattr(self, n)]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise ValueError(f"artist groups need exactly one of columns, frames and labels, but there is {said}")
        if self.transposed and self.frames not in ("chroma", "contrast"):
            raise ValueError('transposed goes with frames = "chroma" or "contrast" alone')
        return self

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the topics."""
        return tuple(f"topic {i + 1}" for i in range(self.topics))


def computed_target(task: Any) -> ArtistGroups | None:
    """How a task's targets are computed; None where they stand in columns."""
    target: ArtistGroups | None = getattr(task, "target", None)
    return target
