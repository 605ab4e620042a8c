"""Palettes of PDF images: whether they list colours, greys, or black and white only.

Source: ISO 32000-1, 8.6.5 (CIE-based spaces), 8.6.6.3 (Indexed), 8.6.6.4 and 8.6.6.5 (Separation, DeviceN).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pikepdf

from archive.model.pages import Colour

_BLACK_INKS = ("/Black", "/All")
_PROCESS_INKS = {"/Cyan": 0, "/Magenta": 1, "/Yellow": 2, "/Black": 3, "/All": 3}
_LAB_RANGE = (-100.0, 100.0, -100.0, 100.0)

_Entries = npt.NDArray[np.int32]


def palette_colour(base: pikepdf.Object, table: bytes, entries: int) -> Colour | None:
    """Return the colour of the first ``entries`` of a palette over ``base``; None for an empty palette.

    Only black and white is bilevel; two other shades are grey. Damage raises any Exception.
    """
    components = components_of(base)
    whole = min(entries, len(table) // components)
    if whole < 1:
        return None
    listed = np.frombuffer(table[: whole * components], np.uint8).reshape(whole, components).astype(np.int32)
    shades = _shades(base, listed)
    if shades is None or int(np.ptp(shades, axis=1).max()) > 0:
        return Colour.COLOUR
    return Colour.BILEVEL if np.isin(shades, (0, 255)).all() else Colour.GREY


def components_of(space: pikepdf.Object) -> int:
    """Return the number of components of a sample in ``space``. Raises ValueError for one that is not for images."""
    family = str(space if isinstance(space, pikepdf.Name) else space[0])
    if family == "/ICCBased":
        return int(space[1]["/N"])
    if family == "/DeviceN":
        return len(space[1])
    known = {"/DeviceRGB": 3, "/CalRGB": 3, "/Lab": 3, "/DeviceCMYK": 4, "/RGB": 3, "/CMYK": 4}
    known |= dict.fromkeys(("/DeviceGray", "/CalGray", "/G", "/Separation", "/Indexed", "/I"), 1)
    if family not in known:
        raise ValueError("a colour space that no image has")
    return known[family]


def _shades(base: pikepdf.Object, listed: _Entries) -> _Entries | None:
    """Return entries as red, green and blue; None for inks that only a profile defines."""
    family = str(base if isinstance(base, pikepdf.Name) else base[0])
    if family == "/Lab":
        return _from_lab(base, listed)
    if family in ("/Separation", "/DeviceN"):
        names = [str(name) for name in base[1]] if family == "/DeviceN" else [str(base[1])]
        return _from_inks(names, listed)
    if listed.shape[1] == 4:
        return _from_process(listed)
    return np.repeat(listed, 3, axis=1) if listed.shape[1] == 1 else listed


def _from_lab(base: pikepdf.Object, listed: _Entries) -> _Entries:
    bounds = [float(bound) for bound in base[1].get("/Range", _LAB_RANGE)]
    shades = np.repeat(listed[:, :1], 3, axis=1)
    for column, (low, high) in ((1, bounds[:2]), (2, bounds[2:])):
        shades[:, column] += np.round(low + listed[:, column] / 255 * (high - low)).astype(np.int32)
    return shades


def _from_inks(names: list[str], listed: _Entries) -> _Entries | None:
    process = np.zeros((len(listed), 4), np.int32)
    for column, name in enumerate(names):
        amounts = listed[:, column]
        if name in _PROCESS_INKS:
            process[:, _PROCESS_INKS[name]] = amounts
        elif name != "/None" and amounts.any():
            return None
    return _from_process(process)


def _from_process(listed: _Entries) -> _Entries:
    return np.asarray(np.maximum(0, 255 - listed[:, :3] - listed[:, 3:]), np.int32)
