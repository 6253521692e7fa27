"""A training step over a network's losses: gradients at the shared tensor or weights, and one pass backward."""

from unisono.balancing.step.numbers import gradient_norms, gradients_at, loss_values, norms
from unisono.balancing.step.training_step import TrainingStep, Trunk, trained_weights

__all__ = ["TrainingStep", "Trunk", "gradient_norms", "gradients_at", "loss_values", "norms", "trained_weights"]
