"""Rows for tests: sources, articles, revisions and captures as the repository writes them, without a crawl."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import warcs
from tuoben import model, shape, url
from tuoben.store import models

CHINA = timezone(timedelta(hours=8))
NOON = datetime(2023, 12, 24, 12, 45, 8, tzinfo=UTC)
_DIGEST = "sha256:" + "A" * 52


def source(id="jilin", name="吉林新闻网", **more):
    values = {"url": f"https://{id}.example/", "added_at": NOON} | more
    return models.Source.objects.update_or_create(id=id, defaults={"name": name, **values})[0]


def moment(text="2023-12-24T18:26:00+08:00", precision="minute", zone_known=True):
    return model.Moment(
        value=datetime.fromisoformat(text), precision=model.Precision(precision), zone_known=zone_known, origin="meta"
    )


def capture(address, time=NOON, kind="page", article="", status=200, mime="text/html", stored=None, **more):
    """A capture row; `stored` is a model.Capture that a real segment gave, else the place is made up."""
    if stored is None:
        values = {
            "record_id": f"urn:uuid:{uuid.uuid4()}", "segment": "2023/12/24/none.warc.gz",
            "offset": models.Capture.objects.count() * 100, "length": 100, "end": 0,
            "block_digest": _DIGEST, "payload_digest": _DIGEST, "payload_length": 10, "revisit_of": "", "truncated": "",
        }  # fmt: skip
    else:
        names = "record_id segment offset length end block_digest payload_digest payload_length revisit_of truncated"
        values = {name: getattr(stored, name) for name in names.split()}
        time, status, mime = stored.time, stored.status, stored.mime
    return models.Capture.objects.create(
        url=address, key=url.canonical(address), kind=kind, time=time, status=status, mime=mime, article=article,
        **values | more,
    )  # fmt: skip


def store(segments, address, body=b"", mime="text/html; charset=utf-8", *, time=NOON, kind="page", status=200, headers=(),
          article="", revisit_of=None):  # fmt: skip
    """A capture with real bytes: appended to `segments` and entered as a row; gives (row, model.Capture)."""
    told = ((b"Content-Type", mime.encode()), *headers) if mime else headers
    made = warcs.entry(url=address, body=body, requested_at=time, status=status, headers=told, kind=model.Kind(kind))
    found = segments.append([replace(made, revisit_of=revisit_of)])[0]
    return capture(address, kind=kind, article=article, stored=found), found


def content(address="https://jilin.example/a/1.html", **more):
    """A model.Article as extraction gives it."""
    values = {
        "url": address, "state": model.State.ARTICLE, "canonical": address, "title": "标题", "lang": "zh-Hans",
        "text": "第一段。\n\n第二段。", "html": "<p>第一段。</p><p>第二段。</p>",
    }  # fmt: skip
    return model.Article(**values | more)


def article(id="a1", site=None, said=None, captured=NOON, page=None, **more):
    """An article with one revision, read from the capture row `page`. `said` is the model.Article; `more` fields of the
    row."""
    said = said or content(f"https://jilin.example/a/{id}.html")
    site = site or source()
    page = page or capture(said.url, captured, article=id)
    published = said.published
    row = models.Article.objects.create(**{
        "id": id, "key": url.canonical(said.canonical), "url": said.url, "canonical": said.canonical, "site": site,
        "title": said.title, "column": said.column, "credited": said.source, "category": said.category,
        "lang": said.lang, "lead": said.text[:120].replace("\n", ""),
        "image": next((image.url for image in said.images if image.lead), ""),
        "published": published.value.isoformat() if published else "",
        "published_precision": published.precision.value if published else "",
        "published_zone_known": bool(published and published.zone_known),
        "sort_at": min(published.value, page.time) if published else page.time,
        "first_captured_at": page.time, "captured_at": page.time, "checked_at": page.time, **more,
    })  # fmt: skip
    revise(row, said, page)
    for address in dict.fromkeys([*said.requisites, *(image.url for image in said.images)]):
        models.Requisite.objects.create(article=row, url=address, key=url.canonical(address))
    return row


def revise(row, said, page):
    """A further revision of an article, read from the capture row `page`."""
    number = row.revisions.count() + 1
    models.Revision.objects.create(
        article=row, number=number, capture=page.record_id, captured_at=page.time, extractor="1",
        content=shape.dump(said),
    )  # fmt: skip
    models.Article.objects.filter(id=row.id).update(captured_at=page.time, title=said.title)
    return replace(said)


def hide(row):
    models.Article.objects.filter(id=row.id).update(hidden_at=NOON, hidden_reason="test")
