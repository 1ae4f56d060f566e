"""What visits teach of a section page without a feed: which of its links are articles, and when its layout changed.

A link is known by the form of its URL (`urlshape.pattern`), which outlives redesigns: the pages behind the links have
shown which forms are articles. All functions are pure; `model.Learned` is what is kept between visits.
"""

from __future__ import annotations

from dataclasses import replace

from tuoben.discover import headline, urlshape
from tuoben.discover.records import Found
from tuoben.model import Form, Learned, Link

MOST_FORMS = 40
SURE = 2
"""Articles from which a form of URL is proven."""
LISTS = 3
"""Pages that were lists from which a form that gave no article is left out."""
ENOUGH_TO_TELL = 5.0
"""Articles that a page must usually show before their absence says something."""
SETTLED = 3
"""Visits before a change is one."""
ADAPT, ADAPT_SLOWLY = 0.2, 0.03
"""How fast `usual` follows: slowly while the layout seems to have changed, so that the notice stays for a while."""


def choose(found: Found, learned: Learned) -> Found:
    """The links of a section page in the light of what is known of it: proven forms come in, lists go out."""
    forms = {form.pattern: form for form in learned.forms}
    proven = {name for name, form in forms.items() if form.articles >= SURE and form.articles > 2 * form.others}
    lists = {name for name, form in forms.items() if form.others >= LISTS and not form.articles} if proven else set()
    kept = [link for link in found.links if urlshape.pattern(link.url) not in lists]
    more = [link for link in found.doubtful if urlshape.pattern(link.url) in proven and _readable(link)]
    return replace(found, links=(*kept, *more), doubtful=())


def _readable(link: Link) -> bool:
    return headline.wording(link.title) >= 0.4 and not headline.is_service(link.title)


def visited(learned: Learned, found: Found) -> Learned:
    """What is known after a visit that found the page changed. `found`: as `choose` gives it."""
    patterns = [urlshape.pattern(link.url) for link in found.links]
    known = {form.pattern for form in learned.forms}
    notice = _notice(learned, len(patterns), sum(pattern in known for pattern in patterns))
    visits = learned.visits + 1
    usual = float(len(patterns))
    if learned.visits:
        usual = learned.usual + (ADAPT_SLOWLY if notice else ADAPT) * (usual - learned.usual)
    # While the notice stands, new forms enter by the pages behind them alone.
    names = dict.fromkeys(pattern for pattern in patterns if pattern in known or not notice)
    forms = {form.pattern: form for form in learned.forms}
    for name in names:
        forms[name] = replace(forms.get(name, Form(pattern=name)), seen=visits)
    return Learned(visits=visits, usual=round(usual, 2), forms=_most_useful(forms), notice=notice)


def _notice(learned: Learned, count: int, known: int) -> str:
    if learned.visits < SETTLED or learned.usual < ENOUGH_TO_TELL:
        return ""
    fewer = count < learned.usual / (2 if learned.notice else 4)
    if fewer:
        now = "one" if count == 1 else str(count or "none")
        return (
            f"This section page used to show about {learned.usual:.0f} articles and shows {now} now: "
            "its layout may have changed."
        )
    if known < count / (2 if learned.notice else 5):
        return "The links of this section page have another form than before: its layout may have changed."
    return ""


def _most_useful(forms: dict[str, Form]) -> tuple[Form, ...]:
    ordered = sorted(forms.values(), key=lambda form: (form.seen, form.articles, form.others), reverse=True)
    return tuple(ordered[:MOST_FORMS])
