"""How much the tasks' gradients agree: their norms, cosines and magnitude similarities, every n steps."""

from unisono.balancing.diagnostics.conflicts import Conflicts, conflicts

__all__ = ["Conflicts", "conflicts"]
