"""Trains the two nets: losses, courses, and what is varied from round to round."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from training.stamps.sight import Spot
from training.stamps.spots import CELL_MM, USUAL_MM
from training.stamps.views import View

_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Course:
    """How one course of training goes."""

    rounds: int
    batch: int
    pace: float
    decay: float
    warm: float  # part of it in which the pace rises


FIRST, SECOND = Course(5, 64, 4e-3, 2e-2, 0.3), Course(6, 32, 1.5e-3, 1e-2, 0.1)
FURTHER = Course(5, 64, 1e-3, 1e-2, 0.05)  # from a checkpoint on


def targets(shown: list[tuple[Spot, int]], rows: int, columns: int) -> _Floats:
    """Return what the search net should answer, shape (7, rows, columns): the last is the weight of the first."""
    wanted = np.zeros((7, rows, columns), np.float32)
    wanted[6] = 1
    y, x = (np.mgrid[0:rows, 0:columns] + 0.5) * CELL_MM
    for spot, answer in shown:
        if answer == 3:
            continue
        away = np.hypot(x - spot.x, y - spot.y)
        wanted[6][away < max(CELL_MM * 2.2, 0.5 * spot.height)] = 0
        if answer < 0:
            continue
        near = away < max(CELL_MM * 0.75, 0.2 * spot.height)
        wanted[0][near], wanted[6][near] = 1, 1
        turn = math.radians(spot.angle)
        wanted[1][near], wanted[2][near] = ((spot.x - x) / CELL_MM)[near], ((spot.y - y) / CELL_MM)[near]
        wanted[3][near] = math.log(spot.height / USUAL_MM)
        wanted[4][near], wanted[5][near] = math.cos(turn), math.sin(turn)
    return wanted


def train_search(net: nn.Module, pages: list[Any], rounds: int) -> None:
    """Train the search net on inks of pages, each with its spots."""
    inks = torch.from_numpy(np.stack([ink for ink, _ in pages]))
    wanted = torch.from_numpy(np.stack([targets(s, i.shape[1] // 8, i.shape[2] // 8) for i, s in pages]))
    best = torch.optim.AdamW(net.parameters(), 4e-3, weight_decay=1e-3)
    batch, place = 4, 0
    steps = rounds * (len(pages) // batch)
    pace = torch.optim.lr_scheduler.OneCycleLR(best, 4e-3, total_steps=steps)
    for turn in range(rounds):
        total = 0.0
        for rows in torch.randperm(len(pages))[: len(pages) // batch * batch].split(batch):
            loss = search_loss(net(varied(inks[rows].float() / 255)), wanted[rows])
            best.zero_grad()
            loss.backward()
            best.step()
            pace.step()
            total, place = total + float(loss.detach()), place + 1
        _said("search", turn, total / (len(pages) // batch))


def search_loss(got: Any, want: Any) -> Any:
    """Return focal loss of the likelihood, and distance of the rest where a mark stands."""
    here, weight = want[:, 0], want[:, 6]
    likely = nn.functional.binary_cross_entropy_with_logits(got[:, 0], here, reduction="none")
    wrong = (torch.sigmoid(got[:, 0]) - here).abs() ** 1.5
    marks = here.sum() + 1
    rest = (((got[:, 1:6] - want[:, 1:6]) ** 2).sum(dim=1) * here).sum() / marks
    return (likely * wrong * weight * (1 + 3 * here)).sum() / marks + 0.5 * rest


def answered(net: nn.Module, ink: Any) -> Any:
    """Return what ``net`` answers to inks a little varied; in half precision, which processors of today do faster."""
    with torch.autocast("cpu", torch.bfloat16):
        return net(varied(ink.float() / 255)).float()


def varied(ink: Any) -> Any:
    """Return inks lighter or darker, in colour or without it, with a little noise."""
    size = (len(ink), 1, 1, 1)
    ink = ink * (0.75 + 0.35 * torch.rand(size))
    grey = (torch.rand(size) < 0.1).float()
    ink = torch.cat([ink[:, :1], ink[:, 1:] * (1 - grey)], dim=1)
    return (ink + 0.03 * torch.randn_like(ink) * torch.rand(size)).clamp(0, 1)


def train_judge(net: nn.Module, views: list[View], course: Course) -> None:
    """Train the judging net on views."""
    seen = torch.from_numpy(np.stack([ink for ink, _, _ in views]))
    answers = torch.tensor([answer for _, answer, _ in views])
    moves = torch.tensor([move for _, _, move in views])
    steps = len(views) // course.batch
    best = torch.optim.AdamW(net.parameters(), course.pace, weight_decay=course.decay)
    pace = torch.optim.lr_scheduler.OneCycleLR(
        best, course.pace, total_steps=course.rounds * steps, pct_start=course.warm
    )
    for turn in range(course.rounds):
        total = 0.0
        for rows in torch.randperm(len(views))[: steps * course.batch].split(course.batch):
            loss = judge_loss(answered(net, seen[rows]), answers[rows], moves[rows])
            best.zero_grad()
            loss.backward()
            best.step()
            pace.step()
            total += float(loss.detach())
        _said("judge", turn, total / steps)


def judge_loss(got: Any, right: Any, moves: Any) -> Any:
    """Return cross entropy of the answers, and distance of the moves where a mark stands."""
    here = (right < 3).float()
    away = (((got[:, 4:] - moves) ** 2).sum(dim=1) * here).sum() / (here.sum() + 1)
    return nn.functional.cross_entropy(got[:, :4], right, label_smoothing=0.01) + 0.5 * away


def _said(net: str, turn: int, loss: float) -> None:
    print(f"{net}: round {turn + 1}, loss {loss:.4f}, {time.process_time():.0f} CPU s", flush=True)
