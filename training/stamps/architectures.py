"""The nets of the stamp detector before they are trained, for torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class Residual(nn.Module):
    """Two convolutions whose result is added to their input (He et al. 2015); begins as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _block(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
        nn.init.zeros_(self.second[1].weight)

    def forward(self, ink: Any) -> Any:
        """Return features of the same shape."""
        return torch.relu(ink + self.second(self.first(ink)))


def _block(into: int, out: int, size: int = 3, step: int = 1, wide: int = 1, apart: bool = False) -> nn.Module:
    around = wide * (size // 2)
    if not apart:
        return nn.Sequential(nn.Conv2d(into, out, size, step, around, wide, bias=False), nn.BatchNorm2d(out), nn.ReLU())
    each = nn.Conv2d(into, into, size, step, around, wide, groups=into, bias=False)
    return nn.Sequential(
        each, nn.BatchNorm2d(into), nn.Conv2d(into, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU()
    )


def proposal_net() -> nn.Module:
    """Return the untrained net that proposes places on a page: one answer of six numbers for every 8 x 8 pixels."""
    return nn.Sequential(
        *(_block(2, 12, step=2), _block(12, 24, step=2), _block(24, 32, apart=True), _block(32, 64, step=2)),
        *(_block(64, 64, 5, apart=True), _block(64, 64, 5, wide=2, apart=True), _block(64, 64, 5, apart=True)),
        nn.Conv2d(64, 6, 1),
    )


def classifier_net() -> nn.Module:
    """Return the untrained net that classifies one view: logits of the degrees and of none, and where a mark is."""
    return nn.Sequential(
        *(_block(2, 16, step=2), _block(16, 32), _block(32, 48, step=2), _block(48, 80, step=2)),
        *(_block(80, 96, 5, apart=True), _block(96, 96, 5, apart=True), _block(96, 128, step=2, apart=True)),
        *(_block(128, 128, apart=True), _block(128, 20, 1)),
        *(nn.Flatten(), nn.Dropout(0.25), nn.Linear(20 * 4 * 16, 48), nn.ReLU(), nn.Linear(48, 8)),
    )


def larger_classifier_net() -> nn.Module:
    """Return the untrained net that answers as the classifier does, with seven times its weights."""
    return nn.Sequential(
        *(_block(2, 16, step=2), _block(16, 32), _block(32, 64, step=2), _block(64, 96, step=2)),
        *(Residual(96), Residual(96), _block(96, 160, step=2), Residual(160), _block(160, 32, 1)),
        *(nn.Flatten(), nn.Dropout(0.25), nn.Linear(32 * 4 * 16, 64), nn.ReLU(), nn.Linear(64, 8)),
    )
