"""A trained net, run by OpenCV: its weights are gzipped ONNX beside this module."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from archive.errors import EngineUnavailable
from archive.messages.catalogue import tr
from archive.model.image import Pixels

WEIGHTS = Path(__file__).parent / "weights"


class Net:
    """One net by name. Picklable; loads its weights at first use."""

    def __init__(self, name: str, folder: Path = WEIGHTS) -> None:
        self._file = folder / f"{name}.onnx.gz"
        self._net: Any = None  # cv2.dnn.Net

    def __call__(self, ink: Pixels) -> npt.NDArray[np.float32]:
        """Return the net's output for ``ink``, shape (n, 2, height, width), uint8. Raises EngineUnavailable."""
        if self._net is None:
            self._net = _loaded(self._file)
        self._net.setInput(ink.astype(np.float32) / np.float32(255))
        return np.asarray(self._net.forward(), dtype=np.float32)

    def __getstate__(self) -> dict[str, Any]:
        """Leave the loaded net behind: a worker process loads its own."""
        return {"_file": self._file, "_net": None}


def _loaded(file: Path) -> Any:
    try:
        weights = gzip.decompress(file.read_bytes())
        return cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))
    except (OSError, EOFError, cv2.error) as error:
        raise EngineUnavailable(tr("ocr.cannot_be_loaded_install_results_archive", name=file.name)) from error
