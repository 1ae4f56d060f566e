"""Things in the reader's words: what changed between two revisions, names of languages."""

from __future__ import annotations

from collections import Counter

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tuoben.model import Reading
from tuoben.organise import differences as differing
from tuoben.organise.differences import Differences


def summary(before: Reading | None, now: Reading | None) -> str:
    """What changed from one revision to the next, in a few words; "" where the words of either are withheld."""
    return words(differing.differences(before.article, now.article)) if before and now else ""


def words(found: Differences) -> str:
    """Differences in a few words: fields first, then counts of sentences."""
    counts = Counter(piece.kind for piece in found.pieces)
    told = [field_name(change.field) for change in found.fields]
    for kind, count in (
        (differing.EDITED, counts[differing.EDITED]),
        (differing.ADDED, counts[differing.ADDED]),
        (differing.REMOVED, counts[differing.REMOVED]),
        (differing.MOVED, counts[differing.MOVED]),
    ):
        if count:
            told.append(_counted(kind, count))
    return _("、").join(told)


def _counted(kind: str, count: int) -> str:
    phrase = {
        differing.EDITED: ngettext("改 %(n)s 句", "改 %(n)s 句", count),
        differing.ADDED: ngettext("增 %(n)s 句", "增 %(n)s 句", count),
        differing.REMOVED: ngettext("删 %(n)s 句", "删 %(n)s 句", count),
        differing.MOVED: ngettext("移 %(n)s 句", "移 %(n)s 句", count),
    }[kind]
    return phrase % {"n": count}


def field_name(field: str) -> str:
    """A field of an article in the reader's language."""
    return {
        "title": _("标题"),
        "column": _("栏目"),
        "source": _("来源"),
        "reprinted_from": _("转载自"),
        "category": _("类别"),
        "authors": _("作者"),
        "published": _("发布时间"),
        "images": _("图片"),
    }[field]


def language_name(code: str) -> str:
    """A language by its own name; the code where we know none."""
    known = LANG_INFO.get(code.lower()) or LANG_INFO.get(code.lower().partition("-")[0], {})
    return str(known.get("name_local") or code)
