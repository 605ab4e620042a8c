"""Readers that behave as badly as native code does, on every page or on marked pages alone.

A mark is a black square of 10 mm (``mark``): preparation keeps it, whichever way the page is turned.
"""

from __future__ import annotations

import ctypes
import os
import time
from dataclasses import dataclass

import cv2
import numpy as np

from archive.errors import PageUnreadable
from archive.model.image import PageImage
from archive.model.pages import PageText
from tests import makers

MARK_MM = 10.0  # larger than any print, shorter than what counts as a rule (14 mm)
_SURELY_MARK_MM = 6.0


def mark(image: PageImage, left_mm: float = 30.0, top_mm: float = 30.0) -> PageImage:
    """Return ``image`` with the mark on it."""
    pixels = image.pixels.copy()
    px_per_mm = image.width / image.canvas_width_mm
    left, top, side = (round(mm * px_per_mm) for mm in (left_mm, top_mm, MARK_MM))
    pixels[top : top + side, left : left + side] = 0
    return PageImage(pixels, image.canvas_width_mm, image.canvas_height_mm)


def is_marked(image: PageImage) -> bool:
    """Return True when the mark is on ``image``, as stored or prepared."""
    darkest = image.pixels if image.pixels.ndim == 2 else image.pixels.max(axis=2)
    side = max(1, round(_SURELY_MARK_MM * image.width / image.canvas_width_mm))
    return bool(cv2.erode((darkest < 128).astype(np.uint8), np.ones((side, side), np.uint8)).any())


@dataclass(frozen=True)
class FixedEngine:
    """Reads the same lines on every page, with a confidence of 0.9."""

    lines: tuple[str, ...] = ("ỦY BAN NHÂN DÂN XÃ SƠN HÀ", "Số: 12/GP-UBND", "GIẤY PHÉP XÂY DỰNG")
    identity: str = "fixed-1"

    def read(self, image: PageImage) -> PageText:
        """Return the lines."""
        return makers.text(*self.lines, engine=self.identity)


@dataclass(frozen=True)
class _BadEngine:
    """Reads like FixedEngine until it meets a guilty page: a marked one, or any with ``marked_only=False``."""

    marked_only: bool = True
    identity: str = "bad-1"

    def read(self, image: PageImage) -> PageText:
        """Misbehave, or return some lines."""
        if not self.marked_only or is_marked(image):
            self.misbehave()
        return FixedEngine(identity=self.identity).read(image)

    def misbehave(self) -> None:
        """Do what the engine is named for."""
        raise NotImplementedError


class FailingEngine(_BadEngine):
    """Gives up in good order."""

    def misbehave(self) -> None:
        raise PageUnreadable("the engine gave up on this page")


class StumblingEngine(_BadEngine):
    """Raises what nobody foresaw; the text of the error must never be seen."""

    def misbehave(self) -> None:
        raise KeyError("never shown: could be a name")


class CrashingEngine(_BadEngine):
    """Takes its process down, as native code does."""

    def misbehave(self) -> None:
        os.abort()


@dataclass(frozen=True)
class HangingEngine(_BadEngine):
    """Never comes back in time; ``holding`` the interpreter, so that no other thread of the process runs."""

    seconds: float = 600.0
    holding: bool = False

    def misbehave(self) -> None:
        if self.holding:
            ctypes.PyDLL(None).usleep(int(self.seconds * 1_000_000))
        else:
            time.sleep(self.seconds)


@dataclass(frozen=True)
class GreedyEngine(_BadEngine):
    """Takes memory, touched so that it is resident, until someone ends it; gives up at ``mib`` to spare the machine."""

    mib: int = 4_000

    def misbehave(self) -> None:
        held = [bytearray(os.urandom(2**20)) for _ in range(self.mib)]
        raise AssertionError(f"nobody stopped an engine that holds {len(held)} MiB")
