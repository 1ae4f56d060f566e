"""Where an article belongs: the keys of its text, its copies, its category, and whether it changed. Pure."""

from tuoben.organise.categories import category_of
from tuoben.organise.place import is_copy, place
from tuoben.organise.revisions import changed
from tuoben.organise.signature import signature

__all__ = ["category_of", "changed", "is_copy", "place", "signature"]
