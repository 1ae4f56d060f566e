"""What every page knows: the site, the navigation, and whether collecting goes on."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import translation
from django.utils.functional import SimpleLazyObject

from tuoben.store import queries
from tuoben.store.rows import CategoryRow
from tuoben.web import origins

IN_NAVIGATION = 10
"""Categories that the navigation names; the others are one step further."""
LANG_TAGS = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}


def site(request: HttpRequest) -> dict[str, Any]:
    """Lazy throughout: an error page must come out also when the database does not answer."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    return {
        "site_name": settings.SITE_NAME,
        "seal": settings.SITE_NAME[:1],
        "contact": settings.CONTACT,
        "contact_url": contact_url(settings.CONTACT),
        "lang_tag": LANG_TAGS.get(language, language),
        "languages": [(code, LANG_TAGS.get(code, code), name) for code, name in settings.LANGUAGES if code != language],
        "time_zone": settings.TIME_ZONE,
        "nav_categories": SimpleLazyObject(_navigation),
        "paused": SimpleLazyObject(_paused),
        "app_origin": SimpleLazyObject(lambda: origins.app_origin(request)),
        "replay_origin": SimpleLazyObject(lambda: origins.replay_origin(request)),
    }


def _navigation() -> list[CategoryRow]:
    with suppress(DatabaseError):
        return [row for row in queries.categories() if row.name][:IN_NAVIGATION]
    return []


def _paused() -> str:
    with suppress(DatabaseError):
        return queries.paused()
    return ""


def contact_url(contact: str) -> str:
    """What the contact links to: an address of the web, a mail address, or "" for plain words."""
    contact = contact.strip()
    if contact.startswith(("https://", "http://", "mailto:")):
        return contact
    if "@" in contact and " " not in contact:
        return f"mailto:{contact}"
    return ""
