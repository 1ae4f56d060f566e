"""Parts of our addresses."""

from __future__ import annotations

from django.urls import register_converter


class FeedConverter:
    """ ".atom" or ".json" behind the name of a list."""

    regex = r"\.(?:atom|json)"

    def to_python(self, value: str) -> str:
        """The kind without its dot."""
        return value[1:]

    def to_url(self, value: str) -> str:
        """The kind with its dot."""
        return f".{value}"


register_converter(FeedConverter, "feed")
