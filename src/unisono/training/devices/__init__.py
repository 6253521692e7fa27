"""Several processes that learn one network: what a step sums over them, and how they are started.

Every process holds the whole network and reads its share of each step's rows. Losses are those of all rows, gradients
at the tensor that all heads read are put side by side, gradients of parameters are added up: every process then takes
the same step with the same numbers. `Alone` is the group of a process that has no others.
"""

from unisono.training.devices.group import Alone, Group, Together
from unisono.training.devices.joint_step import JointStep
from unisono.training.devices.launch import crowd, joined, of_group
from unisono.training.devices.place import Place, place

__all__ = ["Alone", "Group", "JointStep", "Place", "Together", "crowd", "joined", "of_group", "place"]
