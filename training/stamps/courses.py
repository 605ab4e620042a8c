"""Trains the nets: losses, courses, and what is varied from step to step."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from archive.ocr.stamps.proposals import CELL_MM, CELL_PIXELS, USUAL_MM
from training.stamps.samples import UNKNOWN

_HELD_BACK = 33  # one view of so many is not learned from, but measured with
_EVERY = 250  # steps between two lines about the loss


@dataclass(frozen=True, slots=True)
class Course:
    """How one course of training goes."""

    rounds: float
    batch: int
    pace: float  # highest learning rate
    decay: float
    warm: float  # part of it in which the pace rises


PROPOSALS = Course(rounds=7, batch=4, pace=4e-3, decay=1e-3, warm=0.2)
CLASSIFIER = Course(rounds=4, batch=64, pace=3e-3, decay=1e-2, warm=0.15)


def train_proposals(net: nn.Module, inks: npt.NDArray[np.uint8], words: npt.NDArray[np.float32], how: Course) -> None:
    """Train the proposal net on inks of pages, each with its words, as in ``Samples``."""
    for rows, step in _steps(net, len(inks), how, np.arange(len(inks))):
        ink = torch.from_numpy(inks[rows]).float() / 255
        got = net(_varied(ink).to(memory_format=torch.channels_last))
        step(_proposal_loss(got, torch.from_numpy(np.stack([_wanted(words[row], ink.shape[2:]) for row in rows]))))


def train_classifier(
    net: nn.Module,
    views: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    moves: npt.NDArray[np.float32],
    how: Course,
) -> None:
    """Train the classifier on views, as in ``Samples``; print how it does on views that it did not learn from."""
    held_back = np.arange(0, len(views), _HELD_BACK)
    learned = np.setdiff1d(np.arange(len(views)), held_back)
    for rows, step in _steps(net, len(learned), how, learned):
        ink = torch.from_numpy(views[rows]).float() / 255
        # Half precision is what processors of today do faster; channels last is what makes it exact enough.
        with torch.autocast("cpu", torch.bfloat16):
            got = net(_varied(ink).to(memory_format=torch.channels_last)).float()
        step(_classifier_loss(got, torch.from_numpy(labels[rows]), torch.from_numpy(moves[rows])))
    _measured(net.eval(), views[held_back], labels[held_back])


def _steps(
    net: nn.Module, count: int, how: Course, rows: npt.NDArray[np.intp]
) -> Iterator[tuple[npt.NDArray[np.intp], Any]]:
    """Yield rows of each batch, and what takes its loss and makes the step. Raises FloatingPointError: no number."""
    steps = int(how.rounds * (count // how.batch))
    best = torch.optim.AdamW(net.parameters(), how.pace, weight_decay=how.decay)
    pace = torch.optim.lr_scheduler.OneCycleLR(best, how.pace, total_steps=steps + 1, pct_start=how.warm)
    losses: list[float] = []

    def step(loss: Any) -> None:
        if not torch.isfinite(loss):
            raise FloatingPointError("the loss is no number any more; train with a lower pace")
        best.zero_grad()
        loss.backward()
        best.step()
        pace.step()
        losses.append(float(loss.detach()))

    order: list[int] = []
    for number in range(1, steps + 1):
        if len(order) < how.batch:
            order = list(np.random.default_rng(number).permutation(rows))
        yield np.sort(order[: how.batch]), step
        order = order[how.batch :]
        if number % _EVERY == 0:
            mean = np.mean(losses[-_EVERY:])
            print(f"step {number} of {steps}, loss {mean:.4f}, {time.process_time():.0f} CPU s", flush=True)


def _wanted(words: npt.NDArray[np.float32], size: Any) -> npt.NDArray[np.float32]:
    """Return what the proposal net should answer, shape (7, rows, columns): the last is the weight of the first."""
    rows, columns = size[0] // CELL_PIXELS, size[1] // CELL_PIXELS
    wanted = np.zeros((7, rows, columns), np.float32)
    wanted[6] = 1
    down, across = (np.mgrid[0:rows, 0:columns] + 0.5) * CELL_MM
    for x, y, height, angle, label in words:
        if label in (3, UNKNOWN):
            continue
        away = np.hypot(across - x, down - y)
        wanted[6][away < max(CELL_MM * 2.2, 0.5 * height)] = 0
        if label < 0:
            continue
        near = away < max(CELL_MM * 0.75, 0.2 * height)
        wanted[0][near], wanted[6][near] = 1, 1
        turn = math.radians(angle)
        wanted[1][near], wanted[2][near] = ((x - across) / CELL_MM)[near], ((y - down) / CELL_MM)[near]
        wanted[3][near] = math.log(height / USUAL_MM)
        wanted[4][near], wanted[5][near] = math.cos(turn), math.sin(turn)
    return wanted


def _proposal_loss(got: Any, want: Any) -> Any:
    """Return focal loss of the likelihood (Lin et al. 2017), and squared distance of the rest where a mark stands."""
    here, weight = want[:, 0], want[:, 6]
    likely = nn.functional.binary_cross_entropy_with_logits(got[:, 0], here, reduction="none")
    wrong = (torch.sigmoid(got[:, 0]) - here).abs() ** 1.5
    marks = here.sum() + 1
    rest = (((got[:, 1:6] - want[:, 1:6]) ** 2).sum(dim=1) * here).sum() / marks
    return (likely * wrong * weight * (1 + 3 * here)).sum() / marks + 0.5 * rest


def _classifier_loss(got: Any, right: Any, moves: Any) -> Any:
    """Return cross entropy of the labels, and squared distance of the moves where a mark stands."""
    here = (right < 3).float()
    away = (((got[:, 4:] - moves) ** 2).sum(dim=1) * here).sum() / (here.sum() + 1)
    return nn.functional.cross_entropy(got[:, :4], right, label_smoothing=0.01) + 0.5 * away


def _varied(ink: Any) -> Any:
    """Return inks lighter or darker, in colour or without it, with a little noise."""
    size = (len(ink), 1, 1, 1)
    ink = ink * (0.75 + 0.35 * torch.rand(size))
    grey = (torch.rand(size) < 0.1).float()
    ink = torch.cat([ink[:, :1], ink[:, 1:] * (1 - grey)], dim=1)
    return (ink + 0.03 * torch.randn_like(ink) * torch.rand(size)).clamp(0, 1)


def _measured(net: nn.Module, views: npt.NDArray[np.uint8], labels: npt.NDArray[np.int64]) -> None:
    with torch.no_grad():
        parts = [net(torch.from_numpy(part).float() / 255) for part in np.array_split(views, max(1, len(views) // 256))]
    likely = 1 - torch.cat(parts)[:, :4].softmax(1)[:, 3].numpy()
    for level in (0.5, 0.9, 0.99):
        found, false = np.mean(likely[labels < 3] > level), np.mean(likely[labels == 3] > level)
        print(f"held back, likelihood over {level}: {found:.3f} of the marks found, {false:.4f} of the others false")
