"""Full-text index over our own tokens: add, remove, search, similar, refresh."""

from tuoben.index.engine import Index
from tuoben.index.fields import UNSORTED
from tuoben.index.generations import FORMAT, portion, sweep
from tuoben.index.records import Bar, Count, Document, Facets, Filters, Hit, Hits, Older

__all__ = [
    "FORMAT", "UNSORTED", "Bar", "Count", "Document", "Facets", "Filters", "Hit", "Hits", "Index", "Older", "portion",
    "sweep",
]  # fmt: skip
