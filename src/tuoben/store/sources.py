"""The settings of sources in the rows: desk decisions that travel in the claims, and what changes when they do."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from tuoben import scope, shape, source_settings
from tuoben.model import Claim, Kind, SourceSettings
from tuoben.store import models
from tuoben.store.hosts import Hosts, held

RESTORED = "restored"
"""Key beside the settings of a source that was made anew from the archive: the time of the claim that told them."""
OUT_OF_SCOPE = "The source's include and exclude patterns leave this page out."


def settings_of(source: str) -> SourceSettings:
    """The settings of a source; the defaults for one that is not known."""
    row = models.Source.objects.filter(pk=source).first()
    return source_settings.load(row.settings if row is not None else {})


@transaction.atomic
def set_settings(source: str, settings: SourceSettings, now: datetime) -> None:
    """Keep the settings of a source. New patterns hold for what is queued already, too, and its listings are read
    again at their next visit, for what the old patterns left out of them."""
    row = models.Source.objects.select_for_update().get(pk=source)
    before = source_settings.load(row.settings)
    row.settings = shape.dump(settings)
    row.save(update_fields=["settings"])
    if (before.include, before.exclude) == (settings.include, settings.exclude):
        return
    pages = models.Item.objects.filter(source=row, kind=Kind.PAGE)
    with held(now, None, pages.values_list("host", flat=True).distinct()) as hosts:
        _judge_again(pages, settings, now, hosts)
    models.Item.objects.filter(source=row, kind=Kind.LISTING).update(etag="", last_modified="", payload_digest="")


def _judge_again(pages: QuerySet[models.Item], settings: SourceSettings, now: datetime, hosts: Hosts) -> None:
    """Refuse what waits and is out of scope now; queue what was out of scope and is no longer."""
    states = models.Item.State
    changed = []
    for item in pages.filter(state=states.QUEUED, visits=0):
        if not scope.allows(settings, item.url):
            item.state, item.error = states.REFUSED, OUT_OF_SCOPE
            changed.append(item)
    for item in pages.filter(state=states.REFUSED, error=OUT_OF_SCOPE):
        if scope.allows(settings, item.url):
            item.state, item.due_at, item.error = states.QUEUED, now, ""
            changed.append(item)
    models.Item.objects.bulk_update(changed, ("state", "due_at", "error"), batch_size=200)
    for item in changed:
        hosts.stir(hosts[item.host])


def restored(claim: Claim, at: datetime) -> models.Source:
    """The source that a claim read back from a WARC speaks of; made anew when the rows lack it.

    While nobody has decided on it since, it has the settings of its newest claim. One whose settings cannot all be
    taken from a file rests until the operator has said them again.
    """
    settings, why = source_settings.from_archive(claim.settings)
    values = {
        "state": "paused" if why else "active",
        "why": why,
        "settings": shape.dump(settings) | {RESTORED: at.isoformat()},
    }
    told = {"url": claim.source_url, "name": claim.source_name, "category": claim.source_category, "added_at": at}
    source, new = models.Source.objects.get_or_create(id=claim.source, defaults=values | told)
    since = source.settings.get(RESTORED, "")
    if not new and since and datetime.fromisoformat(since) < at:
        source.settings = values["settings"]
        if source.state == "active" and why:
            source.state, source.why = "paused", why
        source.save(update_fields=["settings", "state", "why"])
    return source
