"""The error and the slug for image data that end before the image is complete."""

from __future__ import annotations

ENDS_EARLY = "picture_data_ends_early"  # a slug of StoredPage.unscreened


class TruncatedDataError(EOFError):
    """The data of a page's image end before the image does."""
