"""What an experiment says of its network: encoders, sharing, heads and links, checked without torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, ValidationError

from unisono.errors import ExperimentError, nearest
from unisono.inputs import Input
from unisono.nets import links
from unisono.nets.layers import ACTIVATIONS, Layer, Shape, parse_block, written
from unisono.parts import Settings, part_settings

Rate = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1)]


class BlockSettings(Settings):
    """One block: an ordered list of layers, as `nets.layers` writes them."""

    layers: tuple[str, ...]


class HeadSettings(Settings):
    """What stands between the features and a task's logits; a linear layer to the task's width always comes last.

    Args:
        hidden: widths of hidden layers, each followed by batchnorm (if asked), activation and dropout.
        layers: in place of `hidden`: the layers in any order, as in a block.
        reads: tasks whose features it reads, concatenated; empty for its own only, "all" for every stream.
    """

    hidden: tuple[Width, ...] = ()
    activation: str = "relu"
    dropout: Rate = 0.0
    batchnorm: bool = False
    layers: tuple[str, ...] = ()
    reads: Literal["all"] | tuple[str, ...] = ()

    def parsed(self, where: str) -> tuple[Layer, ...]:
        """The layers before the last linear one.

        Raises: ExperimentError for unknown layers and for settings that contradict each other.
        """
        if self.layers and (self.hidden or self.dropout or self.batchnorm):
            raise ExperimentError(where, "has layers and hidden", "Write everything into layers, or use hidden alone.")
        if self.activation not in ACTIVATIONS:
            found = f'"{self.activation}" is no activation, must be one of {", ".join(ACTIVATIONS)}'
            raise ExperimentError(f"{where}.activation", found, nearest(self.activation, ACTIVATIONS))
        if not self.hidden and (self.dropout or self.batchnorm):
            found = "has dropout or batchnorm but no hidden layer"
            raise ExperimentError(where, found, 'Set hidden, or write layers = ["dropout 0.5"].')
        texts = list(self.layers)
        for width in self.hidden:
            texts += [f"linear {width}"] + ["batchnorm"] * self.batchnorm + [self.activation]
            texts += [f"dropout {self.dropout}"] * (self.dropout > 0)
        return parse_block(texts, where)


class NetworkSettings(Settings):
    """The `[network]` table.

    Args:
        encoder: name of the encoder, or a table with `kind` and its settings; None takes the one that fits the input.
        encoders: the same for each of several inputs.
        blocks: the encoder's blocks, where there is one input.
        sharing: a short form, a row a block, a table with `kind` (`cross_stitch` ...), or one of these an input.
        links: task -> tasks whose answers its head's last layer also reads, gradient stopped.
        input_dropout: chance that an input is hidden from a track in training; never all of them.
        missing: what stands for a missing input's features: zeros, or a vector that is learned.
        initial: "torch" for the layers' own, or "normal S": truncated normal weights, deviation S, biases S (004).
        head: of every task without a table of its own.
    """

    encoder: str | dict[str, Any] | None = None
    encoders: dict[str, str | dict[str, Any]] = {}
    blocks: tuple[BlockSettings, ...] = ()
    sharing: str | list[Any] | dict[str, Any] = "hard"
    links: dict[str, tuple[str, ...]] = {}
    input_dropout: Rate = 0.0
    missing: Literal["zero", "learned"] = "zero"
    initial: Annotated[str, Field(pattern=r"^(torch|normal [0-9.e-]+)$")] = "torch"
    head: HeadSettings = HeadSettings()


class Chosen(NamedTuple):
    """A part that the settings chose: its name, its validated settings and the key to name in messages."""

    kind: str
    settings: Any
    where: str


def chosen_encoder(network: NetworkSettings, name: str, inputs: Mapping[str, Input]) -> Chosen:
    """The encoder of one input.

    Raises: ExperimentError for an unknown encoder or setting, and blocks that could belong to several inputs.
    """
    own = network.encoders.get(name)
    where = f"network.encoders.{name}" if own is not None else "network"
    given = own if own is not None else network.encoder
    if given is None:
        given = _fitting_encoder(name, inputs[name].shapes)
    table: dict[str, Any] = {"kind": given} if isinstance(given, str) else dict(given)
    if network.blocks and own is None:
        if len(inputs) > 1:
            found = f"could belong to each of the inputs {', '.join(inputs)}"
            raise ExperimentError("network.blocks", found, f"Write them as [[network.encoders.{name}.blocks]].")
        table["blocks"] = network.blocks
    if "kind" not in table:
        raise ExperimentError(where, "has no kind", 'Set kind, such as "conv2d".')
    kind = str(table.pop("kind"))
    return Chosen(kind, validated(part_settings("nets.encoders", kind), table, where), where)


def chosen_sharing(network: NetworkSettings, name: str, inputs: Mapping[str, Input]) -> Chosen:
    """How the tasks share one input's blocks.

    Raises: ExperimentError for an unknown kind or setting, and inputs that are left out or unknown.
    """
    given, where = network.sharing, "network.sharing"
    if isinstance(given, dict) and "kind" not in given:
        for key in given:
            if key not in inputs:
                found = f'"{key}" is no input, must be one of {", ".join(inputs)}, or give a kind'
                raise ExperimentError(where, found, nearest(key, inputs))
        if name not in given:
            raise ExperimentError(where, f"leaves out the input {name}", f'Add {name} = "hard".')
        given, where = given[name], f"{where}.{name}"
    table: dict[str, Any] = dict(given) if isinstance(given, dict) else {"kind": "grid", "rows": given}
    kind = str(table.pop("kind", ""))
    return Chosen(kind, validated(part_settings("nets.sharing", kind), table, where), where)


def check(network: NetworkSettings, heads: Mapping[str, HeadSettings], inputs: Mapping[str, Input],
          tasks: Sequence[str]) -> None:  # fmt: skip
    """Everything about a network that can be checked before torch is loaded and data is read (shapes come later).

    Raises: ExperimentError
    """
    _check_keys("network.encoders", network.encoders, inputs)
    _check_keys("heads", heads, tasks)
    for task in tasks:
        _check_name(f"tasks.{task}", task, '."\\+')
        if task == "representation":
            raise ExperimentError(f"tasks.{task}", "is the name of an output that every model has", "Rename the task.")
    for name in inputs:
        _check_name(f"inputs.{name}", name, '."\\')
    if network.input_dropout and len(inputs) < 2:
        raise ExperimentError("network.input_dropout", "is set but there is one input", "Take it out.")
    links.order(network.links, tasks)
    for task in tasks:
        head = heads.get(task, network.head)
        head.parsed(f"heads.{task}")
        _check_keys(f"heads.{task}.reads", () if head.reads == "all" else head.reads, tasks)
    for name in inputs:
        encoder = chosen_encoder(network, name, inputs)
        blocks = encoder.settings.parsed(encoder.where)
        sharing = chosen_sharing(network, name, inputs)
        sharing.settings.check(tasks, len(blocks), sharing.where)


def shares_a_block(network: NetworkSettings, inputs: Mapping[str, Input], tasks: Sequence[str]) -> bool:
    """Whether every input has a block whose weights all tasks share, as far as it can be told without shapes."""
    for name in inputs:
        encoder = chosen_encoder(network, name, inputs)
        blocks = len(encoder.settings.parsed(encoder.where))
        if not chosen_sharing(network, name, inputs).settings.shares(tasks, blocks):
            return False
    return True


def has_a_fork(
    network: NetworkSettings, heads: Mapping[str, HeadSettings], inputs: Mapping[str, Input], tasks: Sequence[str]
) -> bool:
    """Whether a trained tensor may lie on every task's path, as far as it can be told without shapes.

    With one input a block does that all tasks go through together. What several inputs give is joined for each head: it
    is one tensor only where all heads read the same.
    """
    if len(tasks) == 1 or any(heads.get(task, network.head).reads for task in tasks):
        return True
    for name in inputs:
        encoder = chosen_encoder(network, name, inputs)
        sharing, blocks = chosen_sharing(network, name, inputs).settings, len(encoder.settings.parsed(encoder.where))
        if not (sharing.forks if len(inputs) == 1 else sharing.joins)(tasks, blocks):
            return False
    return True


def frozen_places(
    network: NetworkSettings, heads: Mapping[str, HeadSettings], inputs: Mapping[str, Input], tasks: Sequence[str],
    frozen: Callable[[str], bool],
) -> frozenset[str]:  # fmt: skip
    """Where no gradient of the tasks can be read since all that they share there is frozen, told without shapes.

    Args:
        frozen: whether everything inside a layer of this name is frozen.
    Returns: "representation", "weights", both or none.
    """
    joined = any(heads.get(task, network.head).reads for task in tasks)
    outside = network.missing == "learned" and len(inputs) > 1  # a vector stands for what is missing, beside the blocks
    found = {"representation", "weights"}
    for name in inputs:
        if frozen(f"branches.for_{name}"):
            continue
        whole = frozen(f"branches.for_{name}.sharing")
        found &= {place for place in found if whole or _blocks_frozen(network, name, inputs, tasks, (place, frozen))}
        if outside or (joined and not whole):
            found -= {"representation"}
    return frozenset(found)


def _blocks_frozen(
    network: NetworkSettings, name: str, inputs: Mapping[str, Input], tasks: Sequence[str],
    asked: tuple[str, Callable[[str], bool]],
) -> bool:  # fmt: skip
    """Whether the blocks of one input that decide about a place are frozen one by one."""
    place, frozen = asked
    encoder, sharing = chosen_encoder(network, name, inputs), chosen_sharing(network, name, inputs).settings
    blocks = encoder.settings.parsed(encoder.where)
    deciding = sharing.trunk(tasks, len(blocks))[place] if hasattr(sharing, "trunk") else []
    for number, block in deciding:
        if not frozen(f"branches.for_{name}.sharing.{block}"):
            return False
        if place == "weights" and any(layer.kind in ("conv", "linear") for layer in blocks[number]):
            return True  # the highest that has weights is where they are read
    return bool(deciding)


def validated(settings: Any, table: Mapping[str, Any], where: str) -> Any:
    """A settings object from a table.

    Raises: ExperimentError that names the key and the nearest right one.
    """
    try:
        return settings(**table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        if first["type"] == "extra_forbidden":
            known = settings.model_fields
            found = f"is unknown, must be one of {', '.join(known) or '(none)'}"
            raise ExperimentError(f"{where}.{key}", found, nearest(key, known)) from error
        raise ExperimentError(f"{where}.{key}", f"{first['msg']} but is {first['input']!r}") from error


def _fitting_encoder(name: str, shapes: Mapping[str, Shape]) -> str:
    ranks = {array: len(shape) for array, shape in shapes.items()}
    if "ids" in ranks:
        return "embedding_bag" if "weights" in ranks else "transformer" if "mask" in ranks else "text_cnn"
    if len(ranks) == 1 and set(ranks.values()) <= {1, 2}:
        return "mlp" if set(ranks.values()) == {1} else "conv2d"
    shown = ", ".join(f"{array} {written(shape)}" for array, shape in shapes.items())
    raise ExperimentError(f"network.encoders.{name}", f"no encoder fits {shown} by itself", "Set its kind.")


def _check_name(where: str, name: str, refused: str) -> None:
    """Names of tasks and inputs become names of layers and of the graph's inputs and outputs."""
    bad = [c for c in name if c in refused or not c.isprintable()]
    if bad or not name:
        found = f"has {' or '.join(sorted({ascii(c) for c in bad}))} in its name" if bad else "has an empty name"
        raise ExperimentError(where, found, "Write _ in its place." if bad else "Give it one.")


def _check_keys(where: str, names: Mapping[str, Any] | Sequence[str], known: Mapping[str, Any] | Sequence[str]) -> None:
    for name in names:
        if name not in known:
            found = f'names "{name}" but there is {", ".join(known) or "none"}'
            raise ExperimentError(where, found, nearest(name, known))
