"""What is collected from: `tuoben source list`, `show`, `pause`, `resume` and `remove`, which ask nobody on the web."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from tuoben import source_settings
from tuoben.commands import base, health, opml, terminal
from tuoben.errors import UsageError
from tuoben.store import checks, queries, repository
from tuoben.store.rows import SiteRow


def _row(site: SiteRow) -> dict[str, Any]:
    listings = [
        {
            "kind": one.kind,
            "url": one.url,
            "checked": one.checked_at.isoformat(timespec="seconds") if one.checked_at else None,
            "status": one.status,
            "error": one.error,
        }
        for one in site.listings
    ]
    return {
        "id": site.id,
        "url": site.url,
        "name": site.name,
        "category": site.category,
        "listings": listings,
        "state": site.state,
        "why": site.why,
        "articles": site.articles,
        "settings": source_settings.as_json(site.settings),
    }


def known_source(text: str) -> str:
    """The id of a source from its id, URL or name. Raises UsageError when there is none."""
    found = checks.source_id(text)
    if not found:
        raise UsageError(f"There is no source {text!r}; `tuoben source list` shows them all.")
    return found


def source_list(call: Namespace) -> int:
    """All sources."""
    if call.opml:
        return opml.export()
    base.home()
    rows = [_row(site) for site in queries.sites()]
    if call.json:
        terminal.document({"sources": rows})
    elif rows:
        cells = ("id", "name", "state", "articles", "url")
        terminal.table(cells, ([row[cell] for cell in cells] for row in rows))
    else:
        terminal.out.print("There are no sources yet; add one with: tuoben source add URL")
    return 0


def source_show(call: Namespace) -> int:
    """One source with its listings."""
    base.home()
    site = queries.site(known_source(call.source))
    assert site is not None
    row = _row(site) | {"health": health.of(site.id)}
    if site.settings.browser != "never" and (why := base.chromium().missing()):
        row["health"]["why"].append(why)
    if call.json:
        terminal.document({"sources": [row]})
    else:
        terminal.out.print(f"{row['id']}  {row['name']}  {row['state']}  {row['articles']} articles\n{row['url']}")
        for listing in row["listings"]:
            note = listing["error"] or listing["status"] or "not visited yet"
            terminal.out.print(f"  {listing['kind']}  {listing['url']}  {note}")
        for key, value in source_settings.told(site.settings):
            terminal.out.print(f"  {key}={value}")
        health.tell(row["health"])
    return 0


def _set(call: Namespace, state: str, why: str) -> int:
    base.home()
    repository.set_source_state(known_source(call.source), state, why)
    return source_show(call)


def source_pause(call: Namespace) -> int:
    """Stop asking a source."""
    return _set(call, "paused", "Paused by the operator.")


def source_resume(call: Namespace) -> int:
    """Ask a paused source again."""
    return _set(call, "active", "")


def source_remove(call: Namespace) -> int:
    """Forget a source; what was collected stays."""
    base.home()
    source = known_source(call.source)
    repository.remove_source(source)
    if call.json:
        terminal.document({"removed": source})
    else:
        terminal.out.print(f"{source} is no longer collected from; its articles stay.")
    return 0
