"""Check that JPEG data are complete. Decoders paint missing data grey without an error."""

from __future__ import annotations

import io
import re
from functools import cached_property
from mmap import ACCESS_READ, mmap
from typing import BinaryIO

import simplejpeg
from PIL.JpegImagePlugin import JpegImageFile

from archive.ingest.common.jpeg_layout import Bytes, JpegLayout, jpeg_layout, with_true_lines
from archive.model.limits import Limits

# libjpeg reports damage by warnings. Only simplejpeg passes on the first one of a file (jerror.h, JWRN_...).
_ENDS_EARLY = re.compile(r"premature end|bad Huffman code|instead of RST", re.IGNORECASE)
_EXTRANEOUS = re.compile(r"(\d+) extraneous bytes before marker 0x([0-9a-f]{2})")
_RESTARTS = range(0xD0, 0xD8)
_EOI = 0xD9
_END = b"\xff\xd9"
_ZERO_RUN = bytes(64)  # of zeros, which broken transfers and lost sectors leave
_PADDING = 4096  # devices fill their last block with something
_MIN_LOST = 256  # unused bytes after a hole; fewer may be ordinary padding


class StoredJpeg:
    """A JPEG file whose header states its true number of lines. Raises OSError or ValueError when it is unreadable."""

    def __init__(self, file: BinaryIO) -> None:
        self._mapped = mmap(file.fileno(), 0, access=ACCESS_READ)
        self._layout = jpeg_layout(self._mapped)
        patched = with_true_lines(self._mapped, self._layout)
        self._data: Bytes = patched or self._mapped
        self._file = io.BytesIO(patched) if patched else file

    def opened(self) -> BinaryIO:
        """Return the file, at its beginning."""
        self._file.seek(0)
        return self._file

    @property
    def data(self) -> Bytes:
        """The bytes of the file, with the true number of lines."""
        return self._data

    def is_light(self, limits: Limits) -> bool:
        """True when the check costs little memory: decoded line by line, or small enough to decode whole."""
        pixels = self._layout.width * self._layout.lines
        by_line = self._layout.scans == 1 and not self._layout.progressive
        return pixels <= limits.page_pixels and (by_line or pixels <= limits.whole_pixels)

    @cached_property
    def ends_early(self) -> bool:
        """True when the data hold less than the image that the header states."""
        try:
            check_jpeg_data(self._data)
        except EOFError:
            return True
        except Exception:  # decoding will raise its own error
            return False
        return False

    def close(self) -> None:
        """Close the file."""
        self._mapped.close()


def check_jpeg_data(data: Bytes, layout: JpegLayout | None = None) -> None:
    """Raise EOFError when ``data`` hold less than the image that their frame header states.

    It finds early ends, lost restart intervals, invalid codes and holes of zeros. Decodes once, at an eighth of
    the size; raises Pillow's errors when that fails.
    """
    layout = layout or jpeg_layout(data)
    if layout.scans and layout.progressive and not layout.all_sent:
        raise EOFError("the last scans of a JPEG are missing")
    warning = _first_warning(data, layout)
    if warning is None:
        return
    extraneous = _EXTRANEOUS.search(warning)
    if _ENDS_EARLY.search(warning):
        raise EOFError("the data of a JPEG end early")
    if extraneous is not None:
        _judge_extraneous(data, layout, int(extraneous[1]), int(extraneous[2], 16))
        return
    jpeg = JpegImageFile(io.BytesIO(data))  # a harmless warning, or damage that no decoder can read
    jpeg.draft(None, (max(1, jpeg.width // 8), max(1, jpeg.height // 8)))
    jpeg.load()


def _judge_extraneous(data: Bytes, layout: JpegLayout, count: int, before: int) -> None:
    """Raise EOFError when unused bytes show that others are lost; padding before the end does not."""
    if before in _RESTARTS:
        raise EOFError("a restart interval of a JPEG is damaged")
    if before != _EOI:
        return
    picture = data[: layout.end].rstrip(b"\0")
    warning = _first_warning(picture + _END, layout)
    if warning is None:
        return
    again = _EXTRANEOUS.search(warning)
    if again is None and not _ENDS_EARLY.search(warning):
        return
    holed = layout.sequential and picture.find(_ZERO_RUN, layout.data_at) >= 0
    left = int(again[1]) if again else 0
    if again is None or left > _PADDING or (holed and left > _MIN_LOST):
        raise EOFError(f"{count} bytes of a JPEG belong to nothing")


def _first_warning(data: Bytes, layout: JpegLayout) -> str | None:
    if _is_holed(data, layout):
        return "premature end: a hole of zeros"
    space = "CMYK" if layout.components == 4 else "GRAY"
    try:
        simplejpeg.decode_jpeg(data, space, min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        return str(error)
    return None


def _is_holed(data: Bytes, layout: JpegLayout) -> bool:
    """True when the coded data have a run of zeros that no image produces."""
    return (
        layout.sequential
        and not layout.zero_is_flat
        and data.find(_ZERO_RUN, layout.data_at, len(bytes(data[: layout.end]).rstrip(b"\0"))) >= 0
    )
