"""Words to fields: pages are observed one by one, then concluded together."""

from archive.extract.combine_pages import conclude
from archive.extract.findings import PageObservations
from archive.extract.observe_page import observe

__all__ = ["PageObservations", "conclude", "observe"]
