"""A host's /.well-known/tdmrep.json: asked for once a day while its articles come, and kept with the host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tuoben import shape, tdm, url
from tuoben.model import Claim, Kind, Policy, TdmRule
from tuoben.store import frontier, models
from tuoben.store.hosts import Hosts

LAST = timedelta(milliseconds=1)
"""Behind what the article's snapshot needs."""
FOR = timedelta(hours=24)
"""As robots.txt: a file that was read is not used longer than a day before it is asked for again."""


def ask(claim: Claim, at: datetime, hosts: Hosts) -> None:
    """A new article came from a claim's host: queue the host's file, unless that was done within a day.

    It is asked for as requisites are: behind the pages, at their pace, if robots.txt allows.
    """
    host = hosts[claim.host]
    address = url.resolve(claim.url, tdm.PATH)
    if address is None or (host.tdm_until is not None and host.tdm_until > at):
        return
    host.tdm_until = at + FOR
    models.Host.objects.filter(pk=host.pk).update(tdm_until=host.tdm_until)
    wanted = replace(claim, kind=Kind.POLICY, url=address, article="", part=0, referer="", link=None, via=())
    item = frontier.item_of(wanted, at + LAST)
    if frontier.add([item], at, hosts):
        return
    states = models.Item.State
    closed = models.Item.objects.filter(key=item.key).exclude(state__in=(states.QUEUED, states.LEASED))
    if closed.update(state=states.QUEUED, due_at=at, attempts=0, via=[]):
        hosts.stir(host)


def keep(claim: Claim, rules: Sequence[TdmRule]) -> None:
    """Keep what a host's file said: that of the host that was asked first, when it redirected."""
    authority = url.authority(claim.via[0] if claim.via else claim.url)
    models.Host.objects.filter(pk=authority).update(tdm=[shape.dump(rule) for rule in rules])


def policy(said: Policy, address: str) -> Policy:
    """The policy of an item: what its page said, else what its host's file says today."""
    if said.tdm_origin:
        return said
    told = models.Host.objects.filter(pk=url.authority(address)).values_list("tdm", flat=True).first()
    return tdm.policy(said, [shape.load(TdmRule, rule) for rule in told or ()], address)
