"""demo: the fictional publishers on loopback, collected live while one watches, and shown."""

from __future__ import annotations

import os
from argparse import Namespace

from django.conf import settings
from django.utils import timezone

from tuoben.commands import base, collect, serve, terminal
from tuoben.demo import PORT, Demo
from tuoben.store import repository

PACE = {"TUOBEN_LISTING_PERIOD": "15", "TUOBEN_RECHECK_AFTER": "20"}
"""The publishers live fast, so that a visitor sees an article edited and one removed within minutes."""


def demo(call: Namespace) -> int:
    """Start the publishers, add them as sources, and serve what is collected until SIGTERM."""
    listen, replay = serve.addresses(call)
    serve.check_free(listen, "--listen")
    serve.check_free(replay, "--replay-listen")
    with Demo(PORT, pace=45) as publishers:
        os.environ.update(publishers.env())
        home = base.home()
        with terminal.Watch("demo") as shown:
            surveys = collect.survey(home, publishers.sources, shown)
        for survey in surveys:
            repository.add_source(survey.url, survey.name, "", survey.listings, timezone.now())
        terminal.say(f"tuoben: {len(surveys)} fictional publishers are being collected into {settings.DATA}")
        terminal.say(f"tuoben: read at http://{listen}/ (Ctrl-C ends it)")
        return serve.run((("web", "--listen", listen, "--replay-listen", replay), ("worker",)), PACE)
