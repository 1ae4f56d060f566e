"""source set: how one source is collected from."""

from __future__ import annotations

from argparse import Namespace

from django.utils import timezone

from tuoben import source_settings
from tuoben.commands import base
from tuoben.commands.source_rows import known_source, source_show
from tuoben.store import sources


def source_set(call: Namespace) -> int:
    """Change settings of a source; those that are not named stay."""
    base.home()
    source = known_source(call.source)
    settings = source_settings.change(sources.settings_of(source), call.settings)
    sources.set_settings(source, settings, timezone.now())
    return source_show(call)
