"""Trains the nets of the learned stamp screen: from nothing, or on from a checkpoint.

usage: python -m training.stamps anew|on FOLDER [--from FOLDER] [--fonts FOLDER] [--pages N] [--rounds N] [--seed N]

Needs torch and onnx, which the program itself does without.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from training.stamps.checkpoint import loaded, written
from training.stamps.nets import judge_net, search_net
from training.stamps.running import WEIGHTS
from training.stamps.teaching import FIRST, FURTHER, SECOND, train_judge, train_search
from training.stamps.views import FIRST_SEED, SECOND_SEED, View, page_lesson, view_lesson

_SEARCH, _JUDGE = "stamps-search.onnx.gz", "stamps-judge.onnx.gz"


def main() -> None:
    """Draw, train, write both nets into a folder."""
    wanted = _arguments()
    torch.manual_seed(wanted.seed)
    torch.set_num_threads(1)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    if wanted.way == "anew":
        _anew(wanted)
    else:
        _on(wanted)


def _anew(wanted: argparse.Namespace) -> None:
    search = search_net().train()
    train_search(search, _drawn(partial(page_lesson, wanted.fonts), wanted.pages), wanted.rounds)
    written(search.eval(), (1, 2, 880, 624), wanted.folder / _SEARCH)
    judge = judge_net().train()
    views = _views(wanted, FIRST_SEED, 300)
    train_judge(judge, views, FIRST)
    judge.eval()  # the second course leaves the means of the first as they are
    train_judge(judge, views + _views(wanted, SECOND_SEED, 180), SECOND)
    written(judge, (2, 2, 56, 224), wanted.folder / _JUDGE)


def _on(wanted: argparse.Namespace) -> None:
    """Train the judging net on, with pages that it has not seen; the search net stays as it is."""
    (wanted.folder / _SEARCH).write_bytes((wanted.checkpoint / _SEARCH).read_bytes())
    judge = loaded(judge_net(), wanted.checkpoint / _JUDGE)
    train_judge(judge, _views(wanted, wanted.seed, wanted.pages), replace(FURTHER, rounds=wanted.rounds))
    written(judge, (2, 2, 56, 224), wanted.folder / _JUDGE)


def _views(wanted: argparse.Namespace, course: int, pages: int) -> list[View]:
    drawn = _drawn(partial(view_lesson, wanted.fonts, wanted.folder, course), pages)
    return [view for page in drawn for view in page if view[1] >= 0]


def _drawn(draw: Callable[[int], Any], count: int) -> list[Any]:
    with ProcessPoolExecutor(2, get_context("spawn")) as drawers:  # a fork of trained torch may hang
        drawn = list(drawers.map(draw, range(count), chunksize=8))
    print(f"{count} pages drawn", flush=True)
    return drawn


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.stamps", description=__doc__)
    parser.add_argument("way", choices=("anew", "on"))
    parser.add_argument("folder", type=Path, help="where the weights go")
    parser.add_argument("--from", dest="checkpoint", type=Path, default=WEIGHTS, help="the checkpoint to train on from")
    parser.add_argument("--fonts", type=Path, help="folder of more fonts to draw with")
    parser.add_argument("--pages", type=int, default=420)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=10, help="of the pages that are drawn for training on, above 3")
    return parser.parse_args()


if __name__ == "__main__":
    main()
