"""Trains the nets of the stamp detector on drawn pages. README.md tells the steps.

usage: python -m training.stamps draw SAMPLES [--make crowded|clean|innocent|hard] [--course N] [--pages A-B]
       python -m training.stamps gather ALL SAMPLES... [--weights FOLDER]
       python -m training.stamps proposals SAMPLES FOLDER [--from FOLDER] [--rounds N] [--pace RATE]
       python -m training.stamps classifier SAMPLES FOLDER [--from FOLDER] [--rounds N] [--pace RATE]
       python -m training.stamps classifier-large SAMPLES FOLDER [--from FOLDER] [--rounds N] [--pace RATE]

Training needs torch and onnx, which the program itself does without; drawing needs neither.
"""

from __future__ import annotations

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from archive.ocr.stamps.nets import WEIGHTS
from training.stamps.samples import CHUNK, Make, gather, save

_NETS = ("proposals", "classifier", "classifier-large")


def main() -> None:
    """Draw samples, or train one net from them."""
    wanted = _arguments()
    if wanted.step == "draw":
        _draw(wanted)
    elif wanted.step == "gather":
        _gather(wanted)
    else:
        _train(wanted)


def _draw(wanted: argparse.Namespace) -> None:
    wanted.samples.mkdir(parents=True, exist_ok=True)
    first, last = (int(number) for number in wanted.pages.split("-"))
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as drawers:
        chunk = partial(save, wanted.samples, Make(wanted.make), wanted.course, wanted.weights, wanted.fonts)
        for file in drawers.map(chunk, range(first, last, CHUNK)):
            print(f"{file} drawn", flush=True)


def _gather(wanted: argparse.Namespace) -> None:
    wanted.samples.mkdir(parents=True, exist_ok=True)
    files = [file for folder in wanted.folders for file in sorted(folder.glob("*.npz"))]
    for file in gather(wanted.samples, files, wanted.weights):
        print(f"{file} gathered", flush=True)


def _train(wanted: argparse.Namespace) -> None:
    import torch

    from training.stamps.architectures import classifier_net, larger_classifier_net, proposal_net
    from training.stamps.checkpoint import loaded, written
    from training.stamps.courses import CLASSIFIER, PROPOSALS, train_classifier, train_proposals

    torch.manual_seed(wanted.seed)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    name = f"stamps-{wanted.step}.onnx.gz"
    proposals = wanted.step == "proposals"
    made = {"proposals": proposal_net, "classifier": classifier_net, "classifier-large": larger_classifier_net}
    net = made[wanted.step]().train()
    if wanted.start is not None:
        net = loaded(net, wanted.start / name)  # in eval mode: its normalisation stays as it is
    net = net.to(memory_format=torch.channels_last)
    course = PROPOSALS if proposals else CLASSIFIER
    course = replace(course, rounds=wanted.rounds or course.rounds, pace=wanted.pace or course.pace)
    if proposals:
        train_proposals(net, *_samples(wanted, "inks", "words"), course)
    else:
        train_classifier(net, *_samples(wanted, "views", "labels", "moves"), course)
    shape = (1, 2, 880, 624) if proposals else (2, 2, 64, 256)
    written(net.to(memory_format=torch.contiguous_format).eval(), shape, wanted.folder / name)


def _samples(wanted: argparse.Namespace, *names: str) -> list[np.ndarray]:
    files = [np.load(file) for file in sorted(wanted.samples.glob("*.npz"))]
    return [np.concatenate([file[name] for file in files if len(file[name])]) for name in names]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.stamps", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    draw = steps.add_parser("draw")
    draw.add_argument("--make", choices=list(Make), default=Make.CROWDED)
    draw.add_argument("--course", type=int, default=11, help="first of the two seeds of a page")
    draw.add_argument("--pages", default="0-3000", help="second seeds, from and to")
    draw.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the proposal net that finds more places")
    draw.add_argument("--fonts", type=Path, help="folder of more fonts to draw with")
    gathering = steps.add_parser("gather")
    gathering.add_argument(
        "--weights", type=Path, default=WEIGHTS, help="folder of the classifier that knows easy views"
    )
    for name in _NETS:
        train = steps.add_parser(name)
        train.add_argument("--from", dest="start", type=Path, help="folder of weights to train on from")
        train.add_argument("--rounds", type=float)
        train.add_argument("--pace", type=float)
        train.add_argument("--seed", type=int, default=1)
    for step in steps.choices.values():
        step.add_argument("samples", type=Path, help="folder of samples")
    gathering.add_argument("folders", type=Path, nargs="+", help="folders of samples to gather")
    for name in _NETS:
        steps.choices[name].add_argument("folder", type=Path, help="where the weights go")
    return parser.parse_args()


if __name__ == "__main__":
    main()
