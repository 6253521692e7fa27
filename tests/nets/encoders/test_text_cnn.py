"""The encoder of texts against its formula, word by word."""

from __future__ import annotations

from types import SimpleNamespace

import torch


def test_it_is_the_largest_window_of_each_channel(kit: SimpleNamespace) -> None:
    encoder = {"kind": "text_cnn", "embedding": 5, "channels": 4, "widths": [1, 3], "dropout": 0.0}
    network = kit.network({"x": kit.words(9)}, kit.tasks("genre"), encoder=encoder).eval()
    ids = torch.tensor([[3, 8, 2, 5, 0, 0], [7, 0, 0, 0, 0, 0]], dtype=torch.int32)
    found = network({"x.ids": ids}).representation["genre"]
    words, windows = (next(iter(level.children())) for level in network.inputs["x"].sharing.children())
    vectors = words.embedding.weight
    assert torch.all(vectors[0] == 0)
    wanted = [[], []]
    for width, convolution in zip((1, 3), windows.convolutions, strict=True):
        texts = ([3, 8, 2, 5], [7] + [0] * (width - 1))  # a text shorter than the window has zeros behind it
        for row, text in enumerate(texts):
            starts = range(len(text) - width + 1)
            values = [
                sum(convolution.weight[:, :, j] @ vectors[text[s + j]] for j in range(width)) + convolution.bias
                for s in starts
            ]
            wanted[row].append(torch.relu(torch.stack(values).amax(0)))
    torch.testing.assert_close(found, torch.stack([torch.cat(row) for row in wanted]))


def test_word_dropout_hides_whole_words(kit: SimpleNamespace) -> None:
    encoder = {"kind": "text_cnn", "embedding": 5, "word_dropout": 0.5}
    network = kit.network({"x": kit.words(9)}, kit.tasks("genre"), encoder=encoder).train()
    words = next(iter(next(iter(network.inputs["x"].sharing.children())).children()))
    ids = torch.full((1, 400), 3)
    hidden = (words(ids, {}) == 0).float().mean(1)[0]
    assert set(hidden.tolist()) == {0.0, 1.0} and 0.4 < hidden.mean() < 0.6
    assert not (words.eval()(ids, {}) == 0).any()


def test_word_vectors_begin_as_large_as_asked_for(kit: SimpleNamespace) -> None:
    large, small = (
        kit.network({"lyrics": kit.words(500)}, kit.tasks("genre"), encoder={"kind": "text_cnn", "deviation": d})
        .get_submodule("branches.for_lyrics.sharing.block1.for_all.embedding")
        .weight
        for d in (1.0, 0.1)
    )
    torch.testing.assert_close(small, 0.1 * large)
    assert 0.95 < float(large.detach()[1:].std()) < 1.05
