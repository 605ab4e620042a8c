"""Check that deflated data are complete: image decoders stop before the checksum when they have enough."""

from __future__ import annotations

import zlib

_ZERO_RUN = bytes(64)  # of zeros: white paper has such too, so they are a reason to look and no proof
_PORTION = 1 << 20


def check_deflated(data: bytes) -> None:
    """Raise EOFError when zlib ``data`` with a hole of zeros in them do not fit their checksum."""
    if _ZERO_RUN not in data:
        return
    inflate = zlib.decompressobj()
    waiting = data
    try:
        while waiting and not inflate.eof:  # nothing of it is kept, however much it is
            inflate.decompress(waiting, _PORTION)
            waiting = inflate.unconsumed_tail
    except zlib.error as error:
        raise EOFError("a hole of zeros stands in deflated data") from error
    if not inflate.eof:
        raise EOFError("deflated data end early")
