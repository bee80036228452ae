"""Muon: momentum whose matrix is made orthogonal before each step.

Jordan and others, "Muon: An optimizer for hidden layers in neural networks" (2024), with
the scale of Liu and others, "Muon is Scalable for LLM Training" (arXiv 2502.16982), which
gives an update the size that AdamW's has at the same rate.
"""

from collections import defaultdict

import torch
from torch import Tensor

# The quintic iteration that drives singular values towards 1.
_A, _B, _C = 3.4445, -4.7750, 2.0315
_ITERATIONS = 5


def orthogonalized(matrices: Tensor) -> Tensor:
    """Nearly orthogonal matrices [count, rows, columns] with the singular vectors of the given."""
    x = matrices.bfloat16()
    wide = x if x.shape[-2] <= x.shape[-1] else x.mT
    x = wide / (wide.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(_ITERATIONS):
        gram = x @ x.mT
        x = _A * x + (_B * gram + _C * gram @ gram) @ x
    return (x if matrices.shape[-2] <= matrices.shape[-1] else x.mT).float()


class Muon(torch.optim.Optimizer):
    """For the matrices of hidden layers; embeddings, vectors and heads want AdamW."""

    def __init__(self, parameters, lr=1e-3, momentum=0.95, weight_decay=0.02):
        super().__init__(
            parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
        )

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            # Matrices of one shape are worked on together: one multiplication instead of many.
            alike = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape].append(parameter)
            for shape, parameters in alike.items():
                self._step(group, shape, parameters)

    def _step(self, group, shape, parameters) -> None:
        gradients = []
        for parameter in parameters:
            state = self.state[parameter]
            if "momentum" not in state:
                state["momentum"] = torch.zeros_like(parameter)
            state["momentum"].lerp_(parameter.grad, 1 - group["momentum"])
            gradients.append(parameter.grad.lerp(state["momentum"], group["momentum"]))
        updates = orthogonalized(torch.stack(gradients))
        scale = 0.2 * max(shape) ** 0.5
        for parameter, update in zip(parameters, updates):
            parameter.mul_(1 - group["lr"] * group["weight_decay"])
            parameter.add_(update, alpha=-group["lr"] * scale)
