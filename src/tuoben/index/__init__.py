"""Full-text index over our own tokens: add, remove, search, similar, refresh."""

from tuoben.index.engine import Index
from tuoben.index.fields import UNSORTED
from tuoben.index.generations import FORMAT, portion, sweep
from tuoben.index.often import LEAST, MOST
from tuoben.index.records import Bar, Count, Document, Facets, Filters, Hit, Hits, Older

SAMPLE, TOO_FEW = MOST, LEAST
"""Articles that frequent words are learned from, at most; and of how many they are worth learning."""

__all__ = [
    "FORMAT", "SAMPLE", "TOO_FEW", "UNSORTED", "Bar", "Count", "Document", "Facets", "Filters", "Hit", "Hits", "Index",
    "Older", "portion", "sweep",
]  # fmt: skip
