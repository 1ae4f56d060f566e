"""/.well-known/tdmrep.json: what a host reserves for text and data mining (W3C TDM Reservation Protocol, TDMRep).

The file is a list of {"location", "tdm-reservation", "tdm-policy"}; locations are path patterns as in robots.txt. What
a page says itself, in its head or in a header of its response, goes before the file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from tuoben import url
from tuoben.markup import inflate
from tuoben.model import Page, Policy, TdmRule
from tuoben.scope import matches

PATH = "/.well-known/tdmrep.json"
SIZE = 512 * 1024
"""Bytes that are read; a longer file is not."""
MOST = 2000
RESERVED = frozenset({"1", "true", "yes"})
FREE = frozenset({"0", "false", "no"})


def reservation(text: str) -> bool | None:
    """What the value of a tdm-reservation says; None when it says nothing that can be understood."""
    told = text.strip().lower()
    return True if told in RESERVED else False if told in FREE else None


def rules(page: Page) -> tuple[TdmRule, ...]:
    """The rules of a file as fetched; () when it is no such file. Raises LimitExceeded."""
    body = inflate(page.body, page.content_encoding)
    if len(body) > SIZE:
        return ()
    try:
        told = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return ()
    entries = told if isinstance(told, list) else [told]
    found = [_rule(entry, page.url) for entry in entries[:MOST] if isinstance(entry, dict)]
    return tuple(rule for rule in found if rule is not None)


def _rule(entry: dict[str, object], base: str) -> TdmRule | None:
    location, told, policy = (entry.get(name) for name in ("location", "tdm-reservation", "tdm-policy"))
    reserved = reservation(str(told)) if isinstance(told, str | int | bool) else None
    if not isinstance(location, str) or not location.startswith(("/", "*")) or reserved is None:
        return None
    address = url.resolve(base, policy) if isinstance(policy, str) and policy.strip() else None
    return TdmRule(location=location[:2000], reserved=reserved, policy=address or "")


def policy(said: Policy, rules: Sequence[TdmRule], address: str) -> Policy:
    """The policy of an item at `address`: what its page said, else what its host's file says of that path.

    The report leaves room for two readings, the first rule that matches and the longest; where they differ, the one
    that reserves counts.
    """
    parsed = url.parse(address)
    if said.tdm_origin or parsed is None:
        return said
    target = f"{parsed.path}?{parsed.query}" if parsed.query else parsed.path
    hits = [rule for rule in rules if matches(rule.location, target)]
    if not hits:
        return said
    first, longest = hits[0], max(hits, key=lambda rule: len(rule.location))
    rule = longest if longest.reserved or not first.reserved else first
    return replace(said, tdm_reserved=rule.reserved, tdm_policy=rule.policy, tdm_origin="well-known")
