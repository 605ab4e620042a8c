"""Check that a JPEG 2000 codestream is complete. Its decoder refuses a truncated codestream, but not one of zeros.

Source: ITU-T T.800, annex A.
"""

from __future__ import annotations

_START = b"\xff\x4f\xff\x51"
_END = b"\xff\xd9"
_ZERO_RUN = bytes(2048)  # longer than the packets of an even area, which are one zero byte each


def check_jpeg_2000_data(data: bytes) -> None:
    """Raise EOFError when the codestream in ``data`` has a hole of zeros, or nothing but zeros where it should end."""
    begin = data.find(_START)
    if begin < 0:
        return
    if data.find(_ZERO_RUN, begin) >= 0 or (data.endswith(b"\0\0") and not data.rstrip(b"\0").endswith(_END)):
        raise EOFError("a hole of zeros stands in JPEG 2000 data")
