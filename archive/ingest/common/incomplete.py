"""What a page is called of whose picture data a part is missing."""

from __future__ import annotations

ENDS_EARLY = "picture_data_ends_early"  # a slug of StoredPage.unread


class EndsEarly(EOFError):
    """The data of a page's picture end before the picture does."""
