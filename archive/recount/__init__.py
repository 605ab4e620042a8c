"""The independent recount: stored originals measured again with code that shares nothing with the import."""

from archive.recount.compare import Difference, compare, recounted_facts
from archive.recount.measured_page import MeasuredPage
from archive.recount.open import measure

__all__ = ["Difference", "MeasuredPage", "compare", "measure", "recounted_facts"]
