"""OPML in and out: sources from the lists of feeds that readers exchange, and our sources as such a list."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from tuoben import url
from tuoben.commands import base, terminal
from tuoben.discover import opml
from tuoben.discover.opml import Outlines, Subscription
from tuoben.errors import UsageError
from tuoben.model import Page
from tuoben.runner import Runner
from tuoben.store import queries, repository

SECONDS = 20.0
"""Of processor time, for reading a list."""


def add(call: Namespace) -> int:
    """Add what a file lists, its feeds as they are, without asking anybody; 1 when something was refused."""
    path = Path(call.opml)
    if call.urls or call.name:
        raise UsageError("--opml goes alone (with --category for feeds without one); add URLs with another call.")
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    base.home()
    with Runner(workers=1, seconds=SECONDS, preload=("tuoben.discover.opml",)) as runner:
        found = runner.call(opml.read, Page(url=path.name, body=body))
    if found is None:
        raise UsageError(f"{path} is no OPML file.")
    rows = _added(found, call.category)
    refused = [{"url": what, "why": why} for what, why in found.refused]
    further = "it is a further list; fetch it and add it by itself"
    refused += [{"url": address, "why": further} for _, address in found.lists]
    if call.json:
        terminal.document({"sources": rows, "refused": refused})
    else:
        terminal.table(("id", "name", "category", "listings"), ([*_cells(row)] for row in rows))
    for row in refused:
        terminal.say(f"tuoben: {row['url']} was not added: {row['why']}")
    return 1 if refused or not rows else 0


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return row["id"], row["name"], row["category"], str(len(row["listings"]))


def _added(found: Outlines, category: str) -> list[dict[str, Any]]:
    rows = []
    for address, members in _by_source(found.subscriptions).items():
        name = next((one.title for one in members if one.title), url.authority(address))
        told = next((one.category for one in members if one.category), "") or category
        listings = [(one.url, one.kind) for one in members]
        pk = repository.add_source(address, name, told, listings, timezone.now())
        row = {"id": pk, "url": address, "name": name, "category": told, "state": "active", "why": ""}
        rows.append(row | {"listings": [{"kind": kind, "url": listing} for listing, kind in listings]})
    return rows


def _by_source(subscriptions: tuple[Subscription, ...]) -> dict[str, list[Subscription]]:
    """The listings of each publisher: those with one page, or on one host when that has a single title."""
    titles: dict[str, set[str]] = {}
    for one in subscriptions:
        if not one.site:
            titles.setdefault(_origin(one.url), set()).add(one.title)
    found: dict[str, list[Subscription]] = {}
    for one in subscriptions:
        alone = len(titles.get(_origin(one.url), ())) == 1
        found.setdefault(one.site or (_origin(one.url) if alone else one.url), []).append(one)
    return found


def _origin(address: str) -> str:
    parsed = url.parse(address)
    return f"{parsed.origin}/" if parsed is not None else address


def export() -> int:
    """All sources as OPML on stdout."""
    base.home()
    found = [
        Subscription(
            url=listing.url,
            kind=listing.kind,
            title=site.name,
            site=site.url,
            categories=((site.category,),) if site.category else (),
        )
        for site in queries.sites()
        for listing in site.listings
    ]
    terminal.out.print(opml.write(settings.SITE_NAME, found), end="")
    return 0
