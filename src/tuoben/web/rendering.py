"""Templates to text that is fit to be sent."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])


def render(template: str, said: dict[str, Any], request: HttpRequest | None = None) -> str:
    """A page: without control characters, which HTML cannot carry, and without the blanks that template tags leave."""
    page = render_to_string(f"tuoben/{template}", said, request=request).translate(_CONTROLS)
    return "\n".join(line.rstrip(" \t\r") for line in page.split("\n"))
