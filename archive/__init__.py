"""Results archive: paper results of administrative procedures in, findable and countable records out."""

__version__ = "0.1.0"
