"""The independent recount: stored originals measured again with code that shares nothing with the import."""

from archive.recount.comparing import Difference, compare, facts_again
from archive.recount.measured import MeasuredPage
from archive.recount.opening import measure

__all__ = ["Difference", "MeasuredPage", "compare", "facts_again", "measure"]
