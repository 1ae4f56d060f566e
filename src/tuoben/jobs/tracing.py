"""Why an address was not captured, or how it was: the answer in steps, each of which is one plain sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tuoben import health, scope, url
from tuoben.fetch import politeness
from tuoben.health import Said, Step
from tuoben.store import health as rows
from tuoben.store import queries


def state_of(source: str, now: datetime) -> health.Health | None:
    """How a source is; None when there is none of this id."""
    facts = rows.facts(source)
    return health.judge(facts, now) if facts is not None else None


def trace(text: str, now: datetime) -> tuple[Said, ...]:
    """All that is to be said of an address, the most telling first."""
    address = url.resolve("", text.strip()) or ""
    parsed = url.parse(address) if address else None
    if parsed is None or parsed.scheme not in ("http", "https"):
        return (Said(Step.NO_ADDRESS),)
    known = rows.known(address)
    return tuple(_steps(address, known, now))


def _steps(address: str, known: rows.Known, now: datetime) -> Iterator[Said]:
    if known.article is not None:
        yield from _article(address, known.article)
    item = known.item
    if item is not None and item["alias"]:
        yield Said(Step.ALIAS, {"url": item["alias"]})
    if known.article is None:
        yield from _not_captured(address, known, now)
    for time, status, file in known.captures:
        if file:
            yield Said(Step.IMPORTED, {"time": _time(time), "file": file})
        else:
            yield Said(Step.CAPTURED, {"time": _time(time), "status": str(status)})


def _article(address: str, article: dict[str, str]) -> Iterator[Said]:
    if article["hidden"]:
        yield Said(Step.HIDDEN, {"id": article["id"], "error": article["reason"] or "no reason was given"})
    elif url.canonical(article["url"]) != url.canonical(address):
        yield Said(Step.TWIN, {"id": article["id"], "url": article["url"]})
    else:
        yield Said(Step.ARTICLE, {"id": article["id"], "title": article["title"]})


def _not_captured(address: str, known: rows.Known, now: datetime) -> Iterator[Said]:
    item = known.item
    if item is None and not known.captures:
        yield Said(Step.UNKNOWN)
        if not known.sources:
            yield Said(Step.NO_SOURCE, {"host": url.authority(address)})
    sources = [item["source"]] if item is not None and item["source"] else list(known.sources)
    for source in sources:
        site = queries.site(source)
        if site is None:
            continue
        if not scope.allows(site.settings, address):
            yield Said(Step.EXCLUDED, {"source": source})
        if site.state == "paused":
            yield Said(Step.PAUSED, {"source": source})
    yield from _refused(address, known.host)
    if item is not None:
        yield from _item(item, known, now)


def _refused(address: str, host: dict[str, Any] | None) -> Iterator[Said]:
    if host is None or host["robots_verdict"] not in ("use", "disallow-all"):
        return
    if host["robots_verdict"] == "disallow-all":
        line = "it cannot be read, so nothing may be asked for yet"
        yield Said(Step.ROBOTS, {"host": host["authority"], "line": line})
        return
    line = politeness.Robots.parse(host["robots"]).refusal(politeness.AGENT, address)
    if line:
        yield Said(Step.ROBOTS, {"host": host["authority"], "line": line})


def _item(item: dict[str, Any], known: rows.Known, now: datetime) -> Iterator[Said]:
    state, error = item["state"], item["error"]
    if state == "leased":
        yield Said(Step.UNDER_WAY)
    elif state == "queued" and known.captures and error:
        yield Said(Step.NO_ARTICLE, {"time": _time(known.captures[0][0]), "error": error})
    elif state == "queued" and item["attempts"]:
        told = {"tries": str(item["attempts"]), "error": error, "time": _time(item["due_at"])}
        yield Said(Step.RETRY, told)
    elif state == "queued":
        yield Said(Step.QUEUED, {"time": _time(item["due_at"])})
    elif state == "failed" and known.captures:
        yield Said(Step.NO_ARTICLE, {"time": _time(known.captures[0][0]), "error": error})
    elif state == "failed":
        yield Said(Step.FAILED, {"tries": str(item["attempts"]), "error": error})
    host = known.host
    if state == "queued" and host is not None and host["page_ready_at"] > now:
        yield Said(Step.WAITING, {"host": host["authority"], "time": _time(host["page_ready_at"])})


def _time(value: datetime) -> str:
    return value.isoformat(timespec="seconds")
