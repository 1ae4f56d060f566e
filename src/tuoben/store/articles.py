"""How a read page becomes an article row, a revision, its keys and its place among copies, within the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tuoben import shape, text, url
from tuoben.extractor import extractor
from tuoben.model import Article, Capture, Claim, Hints, Moment, Neighbour, Placement, Precision, Signature, State
from tuoben.store import categories, copies, models, runs, twins


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the stages decide on articles; the store asks them and knows no stage."""

    place: Callable[[Article, str, Sequence[Neighbour], Hints], Placement]
    changed: Callable[[Article, Article], bool]
    """(old, new) → whether a reader would see a difference."""
    same: Callable[[Article, Article], bool]
    """Whether two pages whose addresses have to do with each other are one work."""


FROM_LISTING = "from-listing"
"""Flag of an article that was made of its listing's entry."""
REPEATED = 0.8
"""Share of a page's paragraphs that stand in another page when it says nothing of its own."""
FIRST = "first_page"
"""Key in a revision's content under which a joined article keeps its first page as read."""
REREAD = "reread"
"""Topic of the outbox: a page was read by another extractor than the revision before it, and says something else."""
LEAD = 120
"""Characters of the lead that lists show."""


def of_claim(claim: Claim) -> models.Article | None:
    """The stored article that a claimed page belongs to."""
    if not claim.article:
        return None
    found = models.Article.objects.filter(pk=claim.article).first()
    return found or models.Article.objects.filter(pk=twins.resolve(claim.article)).first()


def hints_of(claim: Claim) -> Hints:
    """What is known of a page before it is read."""
    return Hints(
        link=claim.link,
        source_name=claim.source_name,
        category=claim.source_category,
        twins=claim.settings.twins,
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a page: the article it belongs to, whether that is new, and whether the page is only another form
    of it (a twin), which is kept and not visited again."""

    article: str
    new: bool = False
    twin: bool = False
    merged: tuple[str, ...] = ()
    """Ids of articles that became one with it."""
    repeats: bool = False
    """A further page that says what another one said: what it calls its next page leads nowhere."""


def record(
    claim: Claim, capture: Capture, article: Article, signature: Signature | None, decide: Decisions
) -> Recorded:
    """Store what a page said. One work is one article, at however many addresses it is read."""
    if claim.part > 1:
        return _record_part(claim, capture, article)
    row, new, canonical, merged = _row(claim, capture, article, decide)
    last = _newest(row)
    if last is not None and capture.time < last.captured_at:
        _record_earlier(row, capture, article, decide)
        return Recorded(row.pk, merged=merged)
    home = replace(_first_page(last), url=row.url, canonical=row.canonical) if last is not None else None
    if home is not None and url.key(home.url) != url.key(article.url):
        twins.know(row, article)
        if twins.is_lesser(article, home, row, claim):
            return Recorded(row.pk, twin=True, merged=merged)
        twins.move(row, article, canonical)
    if home is not None and not _stood_in(home) and not decide.changed(home, article):
        row.checked_at, row.gone_at, row.gone_why = capture.time, None, ""
        row.save(update_fields=["checked_at", "gone_at", "gone_why"])
        return Recorded(row.pk, merged=merged)
    near = copies.Nearby([signature], row.pk).to(article, signature)
    placement = decide.place(article, row.pk, near, hints_of(claim))
    fill(row, capture, article, placement)
    row.exact = copies.exact(signature)
    row.save()
    twins.know(row, article)
    _revise(row, last, capture, article)
    if last is not None and last.extractor != extractor():  # is it the publisher who changed it, or the reading?
        models.Outbox.objects.create(topic=REREAD, article=row.pk)
    runs.write((row.pk, key) for key in copies.keys_of(signature))
    _join(row.pk, placement)
    models.Outbox.objects.create(topic="index", article=row.pk)
    return Recorded(row.pk, new=new, merged=merged)


def _record_earlier(row: models.Article, capture: Capture, article: Article, decide: Decisions) -> None:
    """A state from before the newest revision (imports come in any order): a revision of its own in its place in time,
    unless a neighbour says the same."""
    later = list(row.revisions.filter(captured_at__gt=capture.time).order_by("number"))
    before = row.revisions.filter(captured_at__lte=capture.time).order_by("-number").first()
    beside = [_first_page(one) for one in (before, later[0]) if one is not None]
    if capture.time < row.first_captured_at:
        row.first_captured_at = capture.time
        row.save(update_fields=["first_captured_at"])
        models.Outbox.objects.create(topic="index", article=row.pk)
    if not all(decide.changed(one, article) for one in beside):
        return
    number = later[0].number
    for revision in reversed(later):  # from the newest down: two never have the same number
        revision.number += 1
        revision.save(update_fields=["number"])
    models.Revision.objects.create(
        article=row,
        number=number,
        **read_from(capture, shape.dump(article)),
    )
    models.Outbox.objects.create(topic="index", article=row.pk)


def _row(
    claim: Claim, capture: Capture, article: Article, decide: Decisions
) -> tuple[models.Article, bool, str, tuple[str, ...]]:
    """The article that a page belongs to, whether it is new, its canonical URL, and the ids of articles that became one
    with it: those that turn out to be one work by what this page says."""

    def same(row: models.Article) -> bool:
        return decide.same(_first_page(_newest(row)), article)

    found = twins.look_up(article, of_claim(claim), same)
    if found.rows:
        row, *others = found.rows
        ids = tuple(other.pk for other in others)
        for other in others:
            twins.merge(row, other)
        return row, False, found.canonical, ids
    key, canonical = twins.identity(article, found.canonical, claim.article)
    row = models.Article(id=claim.article, key=key, url=article.url, canonical=canonical)
    row.first_captured_at = capture.time
    row.site_id = claim.source or None
    row.announced_title = (claim.link.title if claim.link else "")[:1000]
    return row, True, canonical, ()


def _stood_in(home: Article) -> bool:
    """Made of its listing's entry for want of the page: the page itself, when it comes, is always a new revision."""
    return FROM_LISTING in home.flags


def _newest(row: models.Article) -> models.Revision | None:
    return row.revisions.order_by("-number").first()


def _revise(row: models.Article, last: models.Revision | None, capture: Capture, first: Article) -> None:
    """A new revision: its first page with the further pages that are known."""
    models.Revision.objects.create(
        article=row,
        number=last.number + 1 if last is not None else 1,
        **read_from(capture, _joined(row, first)),
    )


def withholds(content: Mapping[str, Any]) -> bool:
    """Whether the publisher asked that what was read is not archived."""
    return bool(content.get("policy", {}).get("noarchive"))


def read_from(capture: Capture, content: dict[str, Any]) -> dict[str, Any]:
    """What a revision tells of a capture and of what is read from it now."""
    return {
        "capture": capture.record_id,
        "captured_at": capture.time,
        "extractor": extractor(),
        "content": content,
        "withheld": withholds(content),
    }


def _joined(row: models.Article, first: Article) -> dict[str, Any]:
    """The content of a revision: the first page, with the further pages of a multi-page article joined to it."""
    parts = [shape.load(Article, part.content) for part in row.parts.order_by("number")] if first.next_pages else []
    content: dict[str, Any] = shape.dump(join([first, *parts]))
    return content | {FIRST: shape.dump(first)} if parts else content


def _first_page(revision: models.Revision | None) -> Article:
    """What the first page of a revision said, before further pages were joined to it."""
    if revision is None:
        return Article(url="", state=State.EMPTY)
    return shape.load(Article, revision.content.get(FIRST) or revision.content)


def fill(row: models.Article, capture: Capture, article: Article, placement: Placement, *, free: bool = False) -> None:
    """Set what lists need of an article's newest revision. `free`: the desk has said nothing on its category."""
    row.title = article.title[:1000] or row.announced_title or article.url
    row.column = article.column[:200]
    row.column_key = text.normalise(row.column)[:200]
    row.credited = article.source[:200]
    categories.told(row, placement, free=free)
    row.lang = article.lang
    row.lead = lead(article.text)
    row.image = next(
        (image.url for image in article.images if image.lead), article.images[0].url if article.images else ""
    )
    _fill_times(row, capture, article.published)
    row.captured_at = row.checked_at = capture.time
    row.gone_at, row.gone_why = None, ""
    row.group = placement.group


def _fill_times(row: models.Article, capture: Capture, published: Moment | None) -> None:
    row.sort_at = capture.time
    if published is None:
        row.published = row.published_precision = row.published_origin = ""
        row.published_zone_known = False
        return
    value = published.value if published.value.tzinfo else published.value.replace(tzinfo=UTC)
    row.published = value.isoformat()
    row.published_precision = published.precision
    row.published_zone_known = published.zone_known
    row.published_origin = published.origin
    if published.precision is not Precision.DAY:
        row.sort_at = min(value, capture.time)
    elif value.date() < capture.time.date():
        row.sort_at = datetime(value.year, value.month, value.day, 12, tzinfo=UTC)


def lead(body: str) -> str:
    """The first sentences of a body, at most LEAD characters, cut at the end of a sentence where there is one."""
    flat = " ".join(body.split())
    if len(flat) <= LEAD:
        return flat
    end = 0
    for _, stop in text.sentences(flat[: LEAD * 3]):
        if stop <= LEAD:
            end = stop
    return flat[:end].rstrip() if end >= LEAD // 3 else flat[: LEAD - 1].rstrip() + "…"


def _join(article: str, placement: Placement) -> None:
    if placement.group and placement.joins:
        copies.join_group(placement.joins, placement.group)


def _record_part(claim: Claim, capture: Capture, article: Article) -> Recorded:
    """A further page: it completes the newest revision, or makes one when it says something else than before."""
    row = of_claim(claim)
    last = _newest(row) if row is not None else None
    if row is None or last is None:
        return Recorded("")
    others = row.parts.exclude(number=claim.part).values_list("content", flat=True)
    repeats = article.text in (_first_page(last).text, *(other.get("text", "") for other in others))
    known = row.parts.filter(number=claim.part).first()
    before = shape.load(Article, known.content).text if known is not None else None
    models.Part.objects.update_or_create(
        article=row, number=claim.part, defaults={"capture": capture.record_id, "content": shape.dump(article)}
    )
    if before is None:
        last.content = _joined(row, _first_page(last))
        last.withheld = withholds(last.content)
        last.save(update_fields=["content", "withheld"])
    elif before != article.text:
        _revise(row, last, capture, _first_page(last))
        row.captured_at = capture.time
    row.checked_at = capture.time
    row.save(update_fields=["captured_at", "checked_at"])
    models.Outbox.objects.create(topic="index", article=row.pk)
    return Recorded(row.pk, repeats=repeats)


def join(pages: Sequence[Article]) -> Article:
    """A multi-page article as one: the fields of its first page, the bodies of all in order.

    A page whose paragraphs stand in another one (the article in full on one page, a page that came twice) is left out.
    Where one page says noarchive, that holds for the whole.
    """
    first = pages[0]
    withheld = any(page.policy.noarchive for page in pages)
    kept = [page for at, page in enumerate(pages) if not _repeated(page, at, pages)]
    return replace(
        first,
        policy=replace(first.policy, noarchive=withheld),
        text="\n\n".join(page.text for page in kept if page.text),
        html="".join(page.html for page in kept),
        images=tuple(dict.fromkeys(image for page in kept for image in page.images)),
        requisites=tuple(dict.fromkeys(address for page in pages for address in page.requisites)),
        roles=tuple(dict.fromkeys(role for page in kept for role in page.roles)),
        authors=first.authors or tuple(dict.fromkeys(name for page in kept for name in page.authors)),
    )


def _repeated(page: Article, at: int, pages: Sequence[Article]) -> bool:
    """Whether another page says all but a little of what this one says, and more, or said the same before."""
    mine = {part for part in page.text.split("\n\n") if part}
    for other_at, other in enumerate(pages):
        its = set(other.text.split("\n\n")) if other_at != at else set()
        if mine and len(mine & its) >= REPEATED * len(mine) and (len(its) > len(mine) or other_at < at):
            return True
    return False
