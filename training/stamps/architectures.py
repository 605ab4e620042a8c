"""The two nets of the stamp detector before they are trained, for torch."""

from __future__ import annotations

from torch import nn


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
