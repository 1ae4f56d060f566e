"""What a visit of a listing leaves in its row, and the further pages of a section page (decision 0008)."""

from __future__ import annotations

from dataclasses import replace

from tuoben import shape
from tuoben.model import Claim, Form, Kind, Learned, Outcome, Verdict
from tuoben.store import frontier, models
from tuoben.store.database import save_all
from tuoben.store.hosts import Hosts

PAGES = 5
"""Pages of a section that are read at most, the first one included: the scope of a source by default."""
MOST_FORMS = 40
REMEMBERED = 64
"""Pages of one form after which the counts are halved: what counts is how it is of late."""


def visited(listing: models.Listing, outcome: Outcome) -> None:
    """When a listing was looked at and how it is; of a section page what is known of it now."""
    listing.checked_at, listing.error = outcome.at, outcome.error
    if outcome.capture is not None:
        listing.status = outcome.capture.status
    if outcome.learned is not None:
        listing.learned = shape.dump(merged(known(listing), outcome.learned))
        listing.notice = outcome.learned.notice
    taught = ("learned", "notice") if outcome.learned is not None else ()
    save_all([listing], ("checked_at", "error", "status", *taught))


def known(listing: models.Listing) -> Learned:
    """What is known of a section page."""
    return shape.load(Learned, listing.learned)


def merged(row: Learned, seen: Learned) -> Learned:
    """A visit and what pages have taught since it was claimed: the forms of both, the counts of the row."""
    counts = {form.pattern: form for form in row.forms}
    forms = []
    for form in seen.forms:
        now = counts.pop(form.pattern, form)
        forms.append(replace(form, articles=now.articles, others=now.others))
    return replace(seen, forms=_most_useful([*forms, *counts.values()]), past=row.past)


def judged(outcome: Outcome) -> None:
    """A page that a section page announced was read for the first time: an article, or a list of articles."""
    claim = outcome.claim
    if not outcome.form or claim.visits or claim.part > 1:
        return
    listing = models.Listing.objects.filter(pk=claim.listing, kind="section").first()
    if listing is not None:
        listing.learned = shape.dump(counted(known(listing), outcome.form, article=outcome.article is not None))
        listing.save(update_fields=["learned"])


def counted(learned: Learned, pattern: str, *, article: bool) -> Learned:
    """The same with one more page behind a form of URL."""
    forms = {form.pattern: form for form in learned.forms}
    form = forms.get(pattern, Form(pattern=pattern, seen=learned.visits))
    scale = 2 if form.articles + form.others >= REMEMBERED else 1
    articles, others = form.articles // scale + article, form.others // scale + (not article)
    forms[pattern] = replace(form, articles=articles, others=others)
    return replace(learned, forms=_most_useful([*forms.values()]))


def _most_useful(forms: list[Form]) -> tuple[Form, ...]:
    ordered = sorted(forms, key=lambda form: (form.seen, form.articles, form.others), reverse=True)
    return tuple(ordered[:MOST_FORMS])


def follow(outcome: Outcome, shown: int, new: int, hosts: Hosts) -> None:
    """Queue the next page of a section page as far as the scope says.

    On the first visit while pages bring anything new; later only while most of a page is new, for then articles that
    we never saw may stand behind it.
    """
    claim = outcome.claim
    number = max(claim.part, 1) + 1
    enough = new > 0 if not claim.visits else 2 * new >= max(shown, 1)
    if not outcome.next_page or outcome.verdict is not Verdict.DONE or number > PAGES or not enough:
        return
    page = frontier.item_of(_next(claim, outcome.next_page, number), outcome.at)
    if frontier.add([page], outcome.at, hosts):
        return
    item = models.Item.objects.filter(key=page.key).first()
    if item is None or item.state in (item.State.QUEUED, item.State.LEASED):
        return
    if item.url != page.url:
        item.url, item.host = page.url, page.host
        item.etag = item.last_modified = item.payload_digest = ""
    item.state, item.due_at, item.attempts = item.State.QUEUED, outcome.at, 0
    item.save(update_fields=["url", "host", "etag", "last_modified", "payload_digest", "state", "due_at", "attempts"])
    hosts.stir(hosts[item.host])


def _next(claim: Claim, address: str, number: int) -> Claim:
    return replace(claim, kind=Kind.LISTING, url=address, part=number, via=(), learned=None)
