"""Projection onto the dual cone of the tasks' gradients with scipy alone, for UPGrad and DualProj."""

from __future__ import annotations

import numpy as np
import torch
from scipy.linalg import cholesky
from scipy.optimize import nnls
from torch import Tensor
from torchjd.linalg import DualConeProjector

_EPS = 1e-4  # of the mean eigenvalue's scale, as in torchjd's own projector: a gramian in float32 may be singular


class ScipyProjector(DualConeProjector):
    """Least v'Gv with v >= u, as non-negative least squares: v = u + z, z >= 0, |R(u + z)| with R'R = G."""

    def __call__(self, U: Tensor, G: Tensor) -> Tensor:  # noqa: N803 (torchjd's names)
        """Weights of the projected vectors.

        Shape: (..., tasks), (tasks, tasks) -> (..., tasks)
        """
        gramian = G.detach().cpu().double().numpy()
        trace = np.trace(gramian)
        root = cholesky((gramian / trace if trace > 0 else gramian) + _EPS * np.eye(len(gramian)))
        wanted = U.detach().cpu().double().numpy()
        found = np.apply_along_axis(lambda u: u + nnls(root, -root @ u)[0], -1, wanted)
        return torch.as_tensor(found, device=G.device, dtype=G.dtype)
