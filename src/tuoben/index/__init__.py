"""Full-text index over our own tokens: add, remove, search, similar, refresh."""

from tuoben.index.engine import FORMAT, Index
from tuoben.index.records import Document, Hit, Hits

__all__ = ["FORMAT", "Document", "Hit", "Hits", "Index"]
