"""Parameter counts of the five published systems, from tables as an experiment has them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

DJ_TASKS = ("genre", "subgenre", "intro", "energy", "situation")


def block(*layers: str) -> dict[str, Any]:
    return {"layers": layers}


def dj_blocks() -> list[dict[str, Any]]:
    end = ("dropout 0.5", "batchnorm")
    return [
        block("conv 32 3x3 same", "relu", "maxpool 2x6", *end),
        block("conv 64 3x3 same", "relu", "maxpool 4x16", *end),
        block("conv 128 3x3 same", "relu", "maxpool 6x19", *end, "flatten"),
    ]


def dj_network(kit: SimpleNamespace, tasks: tuple[str, ...], sharing: Any) -> Any:
    return kit.network({"audio": kit.mel(48, 1874)}, kit.tasks(*tasks), blocks=dj_blocks(), sharing=sharing)


class TestLyricsCnn:
    """System 000."""

    def test_convolutions_have_432_360_parameters(self, kit: SimpleNamespace) -> None:
        head = {"hidden": [128], "dropout": 0.5}
        made = kit.network({"lyrics": kit.words(1000)}, kit.tasks(genre=("multiclass", 5)), head=head)
        words, windows = made.describe()["inputs"]["lyrics"]["blocks"]
        assert words["copies"][0]["parameters"] == 1000 * 300
        assert windows["copies"][0]["parameters"] == 72_120 + 144_120 + 216_120 == 432_360
        assert windows["copies"][0]["shape"][1] == [360]
        assert made.describe()["heads"]["genre"]["parameters"] == 360 * 128 + 128 + 128 * 5 + 5


class TestArtistGroupFactors:
    """System 001."""

    def test_five_towers_on_one_shared_block(self, kit: SimpleNamespace) -> None:
        tower = [
            "conv 32 3x3 same", "batchnorm", "elu", "maxpool 2", "dropout 0.1", "conv 64 3x3 same", "elu", "maxpool 2",
            "conv 64 3x3 same", "batchnorm", "elu", "maxpool 2", "dropout 0.1", "conv 128 3x3 same", "elu", "maxpool 2",
            "conv 256 3x3 same", "elu", "conv 256 1x1", "batchnorm", "elu", "globalavgpool", "flatten", "batchnorm",
        ]  # fmt: skip
        factors = {f"agf{i}": ("distribution", 40) for i in range(4)}
        made = kit.network(
            {"audio": kit.mel(128, 322)},
            kit.tasks(genre=("multiclass", 16), **factors),
            blocks=[block("conv 16 5x5 pad 2", "maxpool 2x1", "elu"), block(*tower)],
            sharing="low:1",
            head={"hidden": [256], "activation": "elu", "batchnorm": True, "dropout": 0.5},
        )
        shared, towers = made.describe()["inputs"]["audio"]["blocks"]
        assert shared["copies"][0]["parameters"] == 416
        assert shared["copies"][0]["shape"] == [[1, 128, 322], [16, 64, 322]]
        assert [copy["parameters"] for copy in towers["copies"]] == [496_096] * 5
        heads = made.describe()["heads"]
        assert [heads[task]["parameters"] for task in heads] == [70_416, *[76_584] * 4]
        assert made.parameter_counts()["trainable"] == 2_857_648
        assert sum(weight.numel() for weight in made.last_shared()) == 400

    def test_predictor_of_the_second_phase(self, kit: SimpleNamespace) -> None:
        head = {"hidden": [1024], "activation": "elu", "dropout": 0.5}
        made = kit.network(
            {"towers": kit.values(1280)}, kit.tasks(genre=("multiclass", 16)), head=head, blocks=[block()]
        )
        assert made.parameter_counts()["trainable"] == 1_328_144

    def test_predictor_that_reads_every_tower(self, kit: SimpleNamespace) -> None:
        towers = {f"agf{i}": ("distribution", 40) for i in range(4)}
        made = kit.network(
            {"audio": kit.values(10)},
            kit.tasks(genre=("multiclass", 16), **towers),
            heads={"genre": {"hidden": [1024], "activation": "elu", "dropout": 0.5, "reads": "all"}},
            blocks=[block("linear 256")],
            sharing="none",
        )
        assert made.describe()["heads"]["genre"]["parameters"] == 1_328_144


class TestArtistLanguage:
    """System 002."""

    def test_trunk_and_heads(self, kit: SimpleNamespace) -> None:
        widths = (32, 64, 128, 64, 32)
        blocks = [
            block(f"conv {w} 3x3 same", "relu", "batchnorm", "maxpool 2x2", "dropout 0.25", *(["flatten"] * (i == 4)))
            for i, w in enumerate(widths)
        ]
        tasks = kit.tasks(artist=("multiclass", 68), language=("multiclass", 17))
        made = kit.network({"audio": kit.mel(96, 187)}, tasks, blocks=blocks)
        rows = made.describe()["inputs"]["audio"]["blocks"]
        assert sum(row["copies"][0]["parameters"] for row in rows) == 185_568
        assert rows[-1]["copies"][0]["shape"][1] == [480]
        counts = made.parameter_counts()
        assert counts["trainable"] == 226_453
        assert counts["tasks"]["language"] == 193_745
        assert counts["statistics"] == 640


class TestDjTags:
    """System 003."""

    def test_single_task_cnn(self, kit: SimpleNamespace) -> None:
        counts = dj_network(kit, ("genre",), "hard").parameter_counts()
        assert (counts["trainable"], counts["statistics"]) == (93_894, 448)
        assert counts["trainable"] + counts["statistics"] == 94_342

    @pytest.mark.parametrize(("sharing", "trainable"), [("none", 471_147), ("low:2", 395_115)])
    def test_multi_task_cnn(self, kit: SimpleNamespace, sharing: str, trainable: int) -> None:
        assert dj_network(kit, DJ_TASKS, sharing).parameter_counts()["trainable"] == trainable

    def test_single_task_energy_mlp(self, kit: SimpleNamespace) -> None:
        blocks = [block("linear 64", "relu"), block("linear 32", "relu")]
        made = kit.network({"msd": kit.values(480)}, kit.tasks("energy"), blocks=blocks)
        assert made.parameter_counts()["trainable"] == 32_897

    def test_mlp_of_the_cost_table(self, kit: SimpleNamespace) -> None:
        blocks = [block("linear 64", "relu", "dropout 0.5"), block("linear 32", "relu", "dropout 0.5")]
        made = kit.network({"msd": kit.values(480)}, kit.tasks(*DJ_TASKS), blocks=blocks, sharing="none")
        assert made.parameter_counts()["trainable"] == 165_739

    @pytest.mark.parametrize(("norms", "trainable"), [(False, 277_771), (True, 277_771 + 1_344)])
    def test_mlp_of_the_appendix(self, kit: SimpleNamespace, norms: bool, trainable: int) -> None:
        small, large = (64, 32), (128, 64)
        widths = {"genre": small, "subgenre": large, "intro": large, "energy": small, "situation": large}
        heads = {
            task: {"layers": [text for w in pair for text in layers(w, norms and task != "energy")]}
            for task, pair in widths.items()
        }
        made = kit.network({"msd": kit.values(480)}, kit.tasks(*DJ_TASKS), heads, blocks=[block()])
        assert made.parameter_counts()["trainable"] == trainable


class TestBowSharing:
    """System 004."""

    @pytest.mark.parametrize(
        ("sharing", "trainable"),
        [
            ("low:2", 6_139_270),
            ("high:2", 17_102_470),
            ("high:3", 16_052_870),
            (["all", "each", "each", "all"], 7_123_078),
            (["all", "each", "all", "all"], 6_860_422),
        ],
    )
    def test_sharing_schemes(self, kit: SimpleNamespace, sharing: Any, trainable: int) -> None:
        assert self.network(kit, ("pop", "pop_rock", "ballad"), sharing).parameter_counts()["trainable"] == trainable

    def test_single_task(self, kit: SimpleNamespace) -> None:
        made = self.network(kit, ("pop",), "hard")
        assert made.parameter_counts()["trainable"] == 5_810_306
        copies = [row["copies"][0]["parameters"] for row in made.describe()["inputs"]["lyrics"]["blocks"]]
        assert copies == [5_121_024, 524_800, 131_328, 32_896]

    def network(self, kit: SimpleNamespace, names: tuple[str, ...], sharing: Any) -> Any:
        blocks = [block("linear 512", "relu"), block("linear 256", "relu", "dropout 0.5")]
        blocks.append(block("linear 128", "relu", "dropout 0.5"))
        encoder = {"kind": "embedding_bag", "width": 1024, "layers": ["relu"], "blocks": blocks}
        tasks = kit.tasks(**dict.fromkeys(names, ("multiclass", 2)))
        return kit.network({"lyrics": kit.bag(5000)}, tasks, encoder=encoder, sharing=sharing)


def layers(width: int, norm: bool) -> list[str]:
    return [f"linear {width}", "relu", *(["dropout 0.5", "batchnorm"] if norm else [])]
