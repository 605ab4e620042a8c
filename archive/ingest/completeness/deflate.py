"""Check that deflated data are complete: image decoders stop before the checksum when they have all pixels."""

from __future__ import annotations

import zlib

_ZERO_RUN = bytes(64)  # of zeros: blank paper has them too, so they are a reason to check, not a proof
_PORTION = 1 << 20


def check_deflated(data: bytes) -> None:
    """Raise EOFError when zlib ``data`` with a hole of zeros in them do not fit their checksum."""
    if _ZERO_RUN not in data:
        return
    inflate = zlib.decompressobj()
    waiting = data
    try:
        while waiting and not inflate.eof:  # the output is discarded, whatever its size
            inflate.decompress(waiting, _PORTION)
            waiting = inflate.unconsumed_tail
    except zlib.error as error:
        raise EOFError("a hole of zeros stands in deflated data") from error
    if not inflate.eof:
        raise EOFError("deflated data end early")
