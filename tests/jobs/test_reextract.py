"""Stored captures are read again by the present extractor: shown first, then said by the rows, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loopback import Web
from outcomes import NOW, RULES, collect
from stories import page, publish
from tuoben import planning, shape
from tuoben.extractor import extractor
from tuoben.home import Home
from tuoben.jobs import drain, rebuild, reextract
from tuoben.jobs.reextract import Reading, Wish
from tuoben.model import Article, Image
from tuoben.pipeline import Plan
from tuoben.runner import Runner
from tuoben.store import models, repository, rereading

OLD = "0.0.9+0123456789"


@pytest.fixture
def archive(home: Home, web: Web, runner: Runner) -> Home:
    """Three articles of one source."""
    publish(web.host("a.test"), 3)
    repository.add_source("http://a.test/", "甲", "国内", [("http://a.test/feed.xml", "feed")], NOW)
    collect(home, web, runner)
    return home


def run(home: Home, runner: Runner, **wish) -> reextract.Found:
    return reextract.re_extract(home, Wish(**wish), Reading(runner, RULES, Plan()))


def misread(address: str, **fields) -> models.Revision:
    """Let the newest revision of an article be what an older extractor made of its capture."""
    revision = models.Revision.objects.filter(article__url=address).order_by("-number").first()
    said = replace(shape.load(Article, revision.content), **fields)
    revision.content, revision.extractor = shape.dump(said), OLD
    revision.save()
    models.Article.objects.filter(pk=revision.article_id).update(title=said.title[:1000])
    return revision


def again(web: Web, home: Home, runner: Runner, path: str = "/a/1.html") -> None:
    """Visit a page again, now."""
    models.Item.objects.filter(url=web.host("a.test").url(path)).update(due_at=NOW)
    host = models.Host.objects.get(authority="a.test")
    host.wake_at = NOW
    host.save()
    collect(home, web, runner)


def rows() -> list[tuple]:
    """What the rows say of articles, without their numbers."""
    said = models.Article.objects.order_by("pk").values_list(
        "pk", "title", "group", "exact", "lead", "sort_at", "captured_at"
    )
    told = models.Revision.objects.order_by("article", "number").values_list(
        "article", "number", "capture", "extractor", "content", "withheld"
    )
    keys = models.NewKey.objects.order_by("article", "key").values_list("article", "key").distinct()
    return [*said, *told, *keys]


def test_a_preview_shows_and_changes_nothing(archive: Home, runner: Runner) -> None:
    """What would change is told by field and source, with examples; the rows and the outbox are as before."""
    misread("http://a.test/a/1.html", title="旧的标题", text="旧的正文。")
    misread("http://a.test/a/2.html")
    before = rows()
    found = run(archive, runner)
    assert (found.total.articles, found.total.changed) == (2, 1)
    assert found.total.fields == {"title": 1, "text": 1} == found.sources["a.test"].fields
    (example,) = found.examples
    ((old, new),) = reextract.pairs(example)
    assert old.title == "旧的标题" and new.title != old.title and "通报" in new.text
    assert rows() == before and not models.Outbox.objects.exists() and not models.OlderReading.objects.exists()


def test_applied_the_rows_say_it_and_the_old_text_is_kept(archive: Home, runner: Runner) -> None:
    """The capture and the number stay, the text is the new one, the index follows, and the older reading is kept."""
    was = rows()
    revision = misread("http://a.test/a/1.html", title="旧的标题", text="旧的正文。" * 20)
    found = run(archive, runner, apply=True)
    assert found.total.changed == 1 and not found.left and rows() == was
    (older,) = rereading.older(revision.article_id)
    assert (older.record_id, older.extractor) == (revision.capture, OLD)
    assert rereading.older_content(revision.article_id, older.id)[1].title == "旧的标题"
    assert [row.article for row in models.Outbox.objects.all()] == [revision.article_id] and drain.drain(archive) == 1
    assert run(archive, runner, apply=True).total.articles == 0


def test_what_is_read_alike_only_gets_its_version(archive: Home, runner: Runner) -> None:
    """Where nothing is read otherwise, the revision names the present extractor, and nothing else happens."""
    misread("http://a.test/a/2.html")
    assert run(archive, runner, apply=True).total.changed == 0
    assert set(models.Revision.objects.values_list("extractor", flat=True)) == {extractor()}
    assert not models.Outbox.objects.exists() and not models.OlderReading.objects.exists()


def test_a_rebuild_gives_the_same_rows_and_keeps_older_readings(archive: Home, web: Web, runner: Runner) -> None:
    """After an application rows made anew are the same; what an older extractor read outlives that, and is kept by it."""
    web.host("a.test").page("/a/1.html", page(1, "改过的标题"))
    again(web, archive, runner)
    misread("http://a.test/a/1.html", text="旧的正文。")
    misread("http://a.test/a/3.html", title="旧的标题")
    run(archive, runner, apply=True)
    before = rows()
    reading = rebuild.Reading(runner, planning.rules(None), Plan(), lambda name, done: None)
    rebuild.rebuild_rows(archive, reading)
    assert rows() == before and models.OlderReading.objects.count() == 2
    misread("http://a.test/a/2.html", title="再旧的标题")
    rebuild.rebuild_rows(archive, reading)
    assert rows() == before and models.OlderReading.objects.count() == 3


def test_a_revision_that_was_only_noise_goes_and_one_that_was_not_seen_comes(
    archive: Home, web: Web, runner: Runner
) -> None:
    """Revisions are the publisher's changes as the present extractor sees them, each with the text kept that it had."""
    address = "http://a.test/a/1.html"
    web.host("a.test").page("/a/1.html", page(1, "改过的标题"))
    again(web, archive, runner)
    article = models.Article.objects.get(url=address)
    first, second = article.revisions.order_by("number")
    second.delete()
    misread(address)  # the older extractor did not see the change
    found = run(archive, runner, apply=True)
    assert (found.added, found.dropped) == (1, 0) and article.revisions.count() == 2
    web.host("a.test").page("/a/1.html", page(1, "改过的标题", "<!-- other noise -->"))
    again(web, archive, runner)
    assert article.revisions.count() == 2
    noise = models.Capture.objects.filter(article=article.pk).order_by("-time").first()
    content = article.revisions.get(number=2).content | {"text": "把噪声当正文。"}
    models.Revision.objects.create(
        article=article, number=3, capture=noise.record_id, captured_at=noise.time, extractor=OLD, content=content
    )
    found = run(archive, runner, apply=True)
    assert (found.added, found.dropped) == (0, 1) and article.revisions.count() == 2
    assert [row.record_id for row in rereading.older(article.pk)] == [noise.record_id]
    assert first.capture == article.revisions.get(number=1).capture


def test_a_visit_by_a_newer_extractor_is_not_the_publishers_change(archive: Home, web: Web, runner: Runner) -> None:
    """A page that comes with noise, read by another extractor than before, makes no revision: both are read again."""
    revision = misread("http://a.test/a/1.html", text="旧的正文。")
    web.host("a.test").page("/a/1.html", page(1, models.Article.objects.get(pk=revision.article_id).title, "<i></i>"))
    again(web, archive, runner)
    article = models.Article.objects.get(pk=revision.article_id)
    assert article.revisions.get().capture == revision.capture and "通报" in article.revisions.get().content["text"]
    assert [row.extractor for row in rereading.older(article.pk)] == [OLD]
    assert not rereading.queued()


def test_nothing_is_lost(archive: Home, runner: Runner) -> None:
    """When a capture cannot be read, or came in meanwhile, the article stays as it is, and it is said why."""
    revision = misread("http://a.test/a/1.html", text="旧的正文。")
    held = rereading.held(revision.article_id)
    more = replace(held, captures=())
    assert rereading.reread(more, [], RULES, keep=True).why == rereading.LATER
    assert rereading.reread(held, [], RULES, keep=True).why == rereading.NO_CAPTURE
    models.Capture.objects.filter(record_id=revision.capture).update(offset=7)
    found = run(archive, runner, apply=True)
    ((article, why),) = found.left
    assert (
        article == revision.article_id
        and why
        and models.Revision.objects.get(pk=revision.pk).content["text"] == "旧的正文。"
    )


def test_hidden_articles_stay_hidden(archive: Home, runner: Runner) -> None:
    """What is hidden is read again like all else, shows nowhere, and neither do its older readings."""
    revision = misread("http://a.test/a/1.html", title="旧的标题", images=(Image(url="http://a.test/x.png"),))
    repository.hide(revision.article_id, "", NOW)
    run(archive, runner, apply=True)
    row = models.Article.objects.get(pk=revision.article_id)
    assert row.hidden_at is not None and row.title != "旧的标题"
    assert models.OlderReading.objects.count() == 1 and rereading.older(revision.article_id) == ()


def test_a_sample_a_source_and_everything(archive: Home, runner: Runner) -> None:
    """A sample is a part, another source has nothing to read, and everything is read when it is asked for."""
    for number in (1, 2, 3):
        misread(f"http://a.test/a/{number}.html")
    assert run(archive, runner, sample=2).total.articles == 2
    assert run(archive, runner, source="b.test").total.articles == 0
    run(archive, runner, apply=True)
    assert run(archive, runner).total.articles == 0 and run(archive, runner, everything=True).total.articles == 3
