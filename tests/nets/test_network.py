"""Networks as a whole: several inputs, links, shared tensors, seeds, descriptions, messages."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from unisono.errors import ExperimentError, TooShort

BLOCKS = [{"layers": ["linear 6", "relu"]}, {"layers": ["linear 5", "tanh"]}]


def two_inputs(kit: SimpleNamespace, **network: Any) -> Any:
    inputs = {"numbers": kit.values(4), "lyrics": kit.bag(9)}
    return inputs, kit.network(inputs, kit.tasks("genre", "energy"), **network)


class TestOutcome:
    def test_hard_sharing_gives_one_tensor(self, kit: SimpleNamespace) -> None:
        inputs = {"numbers": kit.values(4)}
        outcome = kit.network(inputs, kit.tasks("genre", "energy"), blocks=BLOCKS)(kit.batch(inputs))
        assert outcome.shared is outcome.representation["genre"] is outcome.representation["energy"] is outcome.fork
        assert outcome.logits["genre"].shape == (3, 6)

    def test_low_sharing_forks_below(self, kit: SimpleNamespace) -> None:
        inputs = {"numbers": kit.values(4)}
        outcome = kit.network(inputs, kit.tasks("genre", "energy"), blocks=BLOCKS, sharing="low:1")(kit.batch(inputs))
        assert outcome.shared is None
        assert outcome.fork is not None and outcome.fork.shape == (3, 6)

    def test_hard_sharing_of_several_inputs_gives_their_concatenation(self, kit: SimpleNamespace) -> None:
        inputs, network = two_inputs(kit)
        outcome = network(kit.batch(inputs))
        assert outcome.shared is not None and outcome.shared.shape == (3, 256)
        assert outcome.shared is outcome.representation["energy"]

    def test_a_batch_without_any_picture_is_not_too_short(self, kit: SimpleNamespace) -> None:
        """A picture that is not there has one frame; so have all where no track of a batch has sound."""
        inputs = {"audio": kit.mel(16), "lyrics": kit.bag(9)}
        network = kit.network(inputs, kit.tasks("genre")).eval()
        whole = kit.batch(inputs, length=40) | {"audio.present": torch.tensor([1.0, 0.0, 0.0])}
        silent = {name: array[1:] for name, array in whole.items()} | {"audio.mel": torch.zeros(2, 16, 1)}
        expected = network(whole).logits["genre"][1:]
        assert torch.allclose(network(silent).logits["genre"], expected, atol=1e-6)

    def test_heads_that_read_other_streams(self, kit: SimpleNamespace) -> None:
        inputs = {"numbers": kit.values(4)}
        heads = {"energy": {"reads": "all"}, "intro": {"reads": ["genre", "intro"]}}
        tasks = kit.tasks("genre", "energy", "intro")
        network = kit.network(inputs, tasks, heads, blocks=BLOCKS, sharing="none")
        found = network(kit.batch(inputs)).representation
        assert torch.equal(found["energy"][:, :5], found["genre"]) and found["energy"].shape == (3, 15)
        assert torch.equal(found["intro"][:, :5], found["genre"]) and found["intro"].shape == (3, 10)
        assert network.describe()["heads"]["energy"]["reads"] == ["genre", "energy", "intro"]


class TestLastShared:
    @pytest.mark.parametrize(("sharing", "shape"), [("hard", (5, 6)), ("low:1", (6, 4)), ("high:1", (5, 6))])
    def test_is_the_weight_of_the_last_block_of_all(
        self, kit: SimpleNamespace, sharing: str, shape: tuple[int, int]
    ) -> None:
        network = kit.network({"numbers": kit.values(4)}, kit.tasks("genre", "energy"), blocks=BLOCKS, sharing=sharing)
        assert [tuple(weight.shape) for weight in network.last_shared()] == [shape]

    def test_is_empty_without_one(self, kit: SimpleNamespace) -> None:
        network = kit.network({"numbers": kit.values(4)}, kit.tasks("genre", "energy"), blocks=BLOCKS, sharing="none")
        assert network.last_shared() == []

    def test_skips_a_block_without_weights(self, kit: SimpleNamespace) -> None:
        blocks = [*BLOCKS, {"layers": ["dropout 0.5"]}]
        network = kit.network({"numbers": kit.values(4)}, kit.tasks("genre", "energy"), blocks=blocks)
        assert [tuple(weight.shape) for weight in network.last_shared()] == [(5, 6)]

    def test_of_several_inputs_is_each_ones(self, kit: SimpleNamespace) -> None:
        _, network = two_inputs(kit)
        assert len(network.last_shared()) == 2
        _, network = two_inputs(kit, sharing={"numbers": "hard", "lyrics": "none"})
        assert network.last_shared() == []


class TestMissingInputs:
    def test_a_missing_input_is_zero_whatever_stands_in_its_arrays(self, kit: SimpleNamespace) -> None:
        inputs, network = two_inputs(kit)
        batch = kit.batch(inputs)
        batch["numbers.present"] = torch.tensor([1.0, 0.0, 1.0])
        other = batch | {"numbers.values": batch["numbers.values"].index_fill(0, torch.tensor(1), torch.inf)}
        for mode in (False, True):
            no_dropout(network).train(mode)
            found = network(batch).representation["genre"]
            assert torch.all(found[1, :128] == 0) and found[0, :128].abs().sum() > 0
            assert torch.equal(found, network(other).representation["genre"])

    def test_training_and_evaluation_agree(self, kit: SimpleNamespace) -> None:
        inputs, network = two_inputs(kit, missing="learned")
        for vector in network.parameters():
            nn.init.normal_(vector)
        batch = kit.batch(inputs) | {"numbers.present": torch.tensor([1.0, 0.0, 1.0])}
        trained = no_dropout(network.train())(batch).logits
        evaluated = network.eval()(batch).logits
        for task, logits in trained.items():
            torch.testing.assert_close(logits, evaluated[task])

    def test_nobody_has_it(self, kit: SimpleNamespace) -> None:
        inputs, network = two_inputs(kit)
        batch = kit.batch(inputs) | {"lyrics.present": torch.zeros(3)}
        outcome = network.train()(batch)
        outcome.logits["genre"].sum().backward()
        assert torch.all(outcome.representation["genre"][:, 128:] == 0)

    def test_a_learned_vector_stands_for_it(self, kit: SimpleNamespace) -> None:
        inputs, network = two_inputs(kit, missing="learned")
        batch = kit.batch(inputs) | {"numbers.present": torch.tensor([1.0, 0.0, 1.0])}
        vector = network.inputs["numbers"].absent[0]
        nn.init.constant_(vector, 2.0)
        outcome = network(batch)
        assert torch.all(outcome.representation["genre"][1, :128] == 2)
        outcome.logits["genre"].sum().backward()
        assert vector.grad is not None and vector.grad.abs().sum() > 0

    def test_batch_statistics_are_of_the_tracks_that_have_it(self, kit: SimpleNamespace) -> None:
        encoders = {"numbers": {"kind": "mlp", "blocks": [{"layers": ["batchnorm"]}]}}
        inputs, network = two_inputs(kit, encoders=encoders)
        batch = kit.batch(inputs, rows=4) | {"numbers.present": torch.tensor([1.0, 0.0, 1.0, 0.0])}
        network.train()(batch)
        mean = dict(network.named_buffers())["branches.for_numbers.sharing.block1.for_all.batchnorm1.running_mean"]
        torch.testing.assert_close(mean, 0.1 * batch["numbers.values"][[0, 2]].mean(0))

    def test_the_masks_are_needed(self, kit: SimpleNamespace) -> None:
        inputs, network = two_inputs(kit)
        with pytest.raises(KeyError, match=r"numbers.present"):
            network({key: value for key, value in kit.batch(inputs).items() if "present" not in key})


class TestInputDropout:
    def test_hides_inputs_but_never_all(self, kit: SimpleNamespace) -> None:
        inputs, network = two_inputs(kit, input_dropout=0.7)
        batch = kit.batch(inputs, rows=400)
        batch["numbers.present"][:100] = 0
        torch.manual_seed(0)
        shown = torch.stack(list(network.train()._present(batch).values()), dim=1)
        assert torch.all(shown.sum(1) >= 1)
        assert torch.all(shown[:100, 0] == 0)
        assert 0.2 < shown[100:, 0].mean() < 0.8
        assert torch.all(torch.stack(list(network.eval()._present(batch).values()), 1)[100:] == 1)

    def test_needs_two_inputs(self, kit: SimpleNamespace) -> None:
        with pytest.raises(ExperimentError, match=r"network.input_dropout: is set but there is one input"):
            kit.network({"numbers": kit.values(4)}, kit.tasks("genre"), input_dropout=0.5)


class TestSeeds:
    def test_same_seed_same_weights_and_the_generator_is_left_alone(self, kit: SimpleNamespace) -> None:
        torch.manual_seed(5)
        before = torch.get_rng_state()
        first, second, third = (
            kit.network({"numbers": kit.values(4)}, kit.tasks("genre"), blocks=BLOCKS) for _ in range(3)
        )
        assert torch.equal(before, torch.get_rng_state())
        nn.init.zeros_(next(third.parameters()))
        assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
        assert not torch.equal(next(first.parameters()), next(third.parameters()))

    def test_normal_weights(self, kit: SimpleNamespace) -> None:
        inputs = {"numbers": kit.values(300)}
        blocks = [{"layers": ["linear 200", "batchnorm", "relu"]}]
        network = kit.network(inputs, kit.tasks("genre"), blocks=blocks, initial="normal 0.01")
        found = dict(network.named_parameters())
        weight = found["branches.for_numbers.sharing.block1.for_all.linear1.weight"]
        assert abs(weight.std().item() - 0.0088) < 0.0002 and weight.abs().max() <= 0.02
        assert torch.all(found["branches.for_numbers.sharing.block1.for_all.linear1.bias"] == 0.01)
        assert torch.all(found["branches.for_numbers.sharing.block1.for_all.batchnorm2.weight"] == 1)

    def test_normal_needs_a_number(self, kit: SimpleNamespace) -> None:
        with pytest.raises(ExperimentError, match=r'network.initial: "normal 0" has no positive deviation'):
            kit.network({"numbers": kit.values(4)}, kit.tasks("genre"), initial="normal 0")


def test_the_description_is_json_and_its_parameters_add_up(kit: SimpleNamespace) -> None:
    _, network = two_inputs(kit, sharing={"numbers": "none", "lyrics": "hard"}, links={"genre": ["energy"]})
    told = json.loads(json.dumps(network.describe()))
    copies = [c["parameters"] for i in told["inputs"].values() for row in i["blocks"] for c in row["copies"]]
    heads = [head["parameters"] for head in told["heads"].values()]
    assert sum(copies) + sum(heads) == told["parameters"]["trainable"]
    assert told["inputs"]["numbers"]["blocks"][0]["copies"][0]["tasks"] == ["genre"]
    assert told["heads"]["genre"]["links"] == ["energy"]


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"encoder": "conv3d"}, 'nets.encoders "conv3d": unknown.*Did you mean "conv2d"'),
        ({"encoder": {"kind": "mlp", "block": []}}, 'network.block: is unknown.*Did you mean "blocks"'),
        ({"encoder": {"blocks": []}}, "network: has no kind. Set kind"),
        ({"encoder": "conv2d"}, r"conv2d needs one array of \(bands, frames\) but gets values \(4\)"),
        ({"encoder": "text_cnn"}, "text_cnn needs the array ids alone but gets values. Use the input words"),
        ({"encoder": "embedding_bag"}, "needs ids and weights but gets values. Use the input bag_of_words"),
        ({"encoders": {"number": "mlp"}}, 'network.encoders: names "number".*Did you mean "numbers"'),
        ({"sharing": {"number": "hard"}}, 'network.sharing: "number" is no input.*Did you mean "numbers"'),
        ({"sharing": {"kind": "gird"}}, 'nets.sharing "gird": unknown.*Did you mean "grid"'),
        ({"blocks": [{"layers": ["linear"]}]}, r'^network.blocks, block 1, layer 1 "linear": needs a width'),
        ({"links": {"genre": ["genre"]}}, "network.links: run in a circle"),
        ({"head": {"dropout": 0.5}}, "heads.genre: has dropout or batchnorm but no hidden layer"),
        ({"head": {"hidden": [3], "activation": "rleu"}}, 'heads.genre.activation: "rleu".*Did you mean "relu"'),
        ({"head": {"hidden": [3], "layers": ["relu"]}}, "heads.genre: has layers and hidden"),
    ],
)
def test_messages(kit: SimpleNamespace, network: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        kit.network({"numbers": kit.values(4)}, kit.tasks("genre"), **network)


def test_messages_of_several_inputs(kit: SimpleNamespace) -> None:
    with pytest.raises(ExperimentError, match=r"network.blocks: could belong to each of the inputs numbers, lyrics"):
        two_inputs(kit, blocks=BLOCKS)
    with pytest.raises(ExperimentError, match=r'leaves out the input lyrics. Add lyrics = "hard"'):
        two_inputs(kit, sharing={"numbers": "hard"})
    with pytest.raises(ExperimentError, match=r"network.sharing.lyrics, row 1: names"):
        two_inputs(kit, sharing={"numbers": "hard", "lyrics": [[["genre", "enrgy"]]]})


def test_messages_of_sound(kit: SimpleNamespace) -> None:
    blocks = [{"layers": ["conv 4 3x3 same", "relu", "maxpool 2x6"]}, {"layers": ["maxpool 1x5", "globalavgpool"]}]
    network = kit.network({"audio": kit.mel()}, kit.tasks("genre"), blocks=blocks)
    network({"audio.mel": torch.zeros(2, 12, 30)})
    with pytest.raises(TooShort, match="network: 29 frames but the layers need at least 30"):
        network({"audio.mel": torch.zeros(2, 12, 29)})
    with pytest.raises(ExperimentError, match=r'ends in \(4, 6, any\) but heads read a vector. End it with "glob'):
        kit.network({"audio": kit.mel()}, kit.tasks("genre"), blocks=blocks[:1])


def test_task_names_that_parameters_cannot_have(kit: SimpleNamespace) -> None:
    with pytest.raises(ExperimentError, match=r"tasks.a.b: has '\.' in its name"):
        kit.network({"numbers": kit.values(4)}, kit.tasks(**{"a.b": ("multiclass", 2)}))
    kit.network({"numbers": kit.values(4)}, kit.tasks(pop=("multiclass", 2), type=("multiclass", 2)), sharing="none")


def no_dropout(network: nn.Module) -> nn.Module:
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return network
