"""Words to fields: pages are observed one by one, then concluded together."""

from archive.extract.concluding import conclude
from archive.extract.findings import PageObservations
from archive.extract.observing import observe

__all__ = ["PageObservations", "conclude", "observe"]
