"""What of a network is learned, how fast, and what stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn
from torch.nn import Parameter

from unisono.errors import ExperimentError
from unisono.experiment.patterns import matching
from unisono.experiment.stages import StageSettings
from unisono.nets.network import Network
from unisono.training.transfer import Copied


def learned_parameters(
    network: Network, stage: StageSettings, tasks: Sequence[str], where: str
) -> dict[Parameter, float]:
    """Freeze what the stage says, and heads whose tasks it does not learn; what is left, each with its rate's factor.

    Args:
        tasks: what the stage learns.
        where: the stage, for messages.
    Raises: ExperimentError when a pattern fits nothing, or a task has nothing left that could learn it.
    """
    named = dict(network.named_parameters())
    for pattern in stage.freeze:
        for name in matching(pattern, named, f"{where}.freeze"):
            named[name].requires_grad_(False)
    for pattern in stage.unfreeze:
        for name in matching(pattern, named, f"{where}.unfreeze"):
            named[name].requires_grad_(True)
    for task in network.reads.keys() - set(tasks):
        network.heads.of(task).requires_grad_(False)
    factors = dict.fromkeys((p for p in named.values() if p.requires_grad), 1.0)
    for pattern, factor in stage.rates.items():
        for name in matching(pattern, named, f"{where}.rates"):
            if named[name] in factors:
                factors[named[name]] = factor
    trunk = any(p.requires_grad for p in network.branches.parameters())
    for task in tasks:
        if not trunk and not any(p.requires_grad for p in network.heads.of(task).parameters()):
            raise ExperimentError(f"{where}.freeze", f"leaves nothing that could learn {task}", "Unfreeze its head.")
    return factors


def still_parts(network: nn.Module) -> tuple[nn.Module, ...]:
    """The largest parts that are frozen whole: they stay in evaluation mode, so that their statistics do not move."""
    own = list(network.parameters())
    if own and not any(p.requires_grad for p in own):
        return (network,)
    return tuple(part for child in network.children() for part in still_parts(child))


def layer_rows(
    network: nn.Module, copied: Sequence[Copied], factors: Mapping[Parameter, float]
) -> list[dict[str, Any]]:
    """What became of each layer: where it is from, whether it is learned and how fast.

    Returns: rows of "layer", "parameters", "from" (None: it began fresh), "learned", "rate".
    """
    origin = {c.target: f"{c.origin} {_layer(c.source)}" for c in copied}
    rows: dict[str, dict[str, Any]] = {}
    for name, parameter in network.named_parameters():
        fresh = {"layer": _layer(name), "parameters": 0, "learned": 0, "from": [], "rate": []}
        row = rows.setdefault(_layer(name), fresh)
        row["parameters"] += parameter.numel()
        row["learned"] += parameter.numel() * (parameter in factors)
        row["from"].append(origin.get(name))
        row["rate"] += [factors[parameter]] if parameter in factors else []
    return [{**row, "from": _one(row["from"]), "rate": _one(row["rate"])} for row in rows.values()]


def row_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The rows as an aligned table, a line each."""
    table = [("layer", "parameters", "began as", "learned")]
    for row in rows:
        whole = row["learned"] == row["parameters"]
        learned = "frozen" if not row["learned"] else "yes" if whole else f"{row['learned']:,} of them"
        rate = "" if row["rate"] in (None, 1.0) else f", rate x {row['rate']}"
        table.append((row["layer"], f"{row['parameters']:,}", str(row["from"] or "fresh"), learned + rate))
    widths = [max(len(line[i]) for line in table) for i in range(3)]
    return [f"{a:{widths[0]}}  {b:>{widths[1]}}  {c:{widths[2]}}  {d}" for a, b, c, d in table]


def _layer(name: str) -> str:
    """The block or head that a tensor belongs to.

    Example:
        >>> _layer("branches.for_a.sharing.block1.for_all.conv1.weight"), _layer("heads.heads.for_x.output.bias")
        ('branches.for_a.sharing.block1.for_all', 'heads.heads.for_x')
    """
    steps = name.split(".")
    if steps[0] == "heads":
        return ".".join(steps[:3])
    return ".".join(steps[:5]) if "sharing" in steps else ".".join(steps[:-1])


def _one(values: Sequence[Any]) -> Any:
    """The one value, or all different ones as text."""
    kinds = list(dict.fromkeys(values))
    if len(kinds) < 2:
        return kinds[0] if kinds else None
    return ", ".join("fresh" if kind is None else str(kind) for kind in kinds)
