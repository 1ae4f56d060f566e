"""Copies are found alike wherever a batch ends; what an interrupted rebuild or a failed save leaves is put right."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

import outcomes
import rows
from outcomes import DAY, NOW, RULES, capture, claim, file_rows, seconds
from tuoben import ids, organise
from tuoben.fetch.permission import Permits
from tuoben.home import Home
from tuoben.index import Index
from tuoben.jobs.drain import drain, rebuild
from tuoben.model import Outcome, Verdict
from tuoben.store import commits, copies, frontier, imports, models, saves, twins


@pytest.fixture
def home(tmp_path: Path, django_db_blocker) -> Iterator[Home]:
    with django_db_blocker.unblock(), file_rows(Home(tmp_path / "data")) as home:
        yield home


def read(number: int, title: str, text: str) -> Outcome:
    """An article of its own address, a minute after the one before."""
    url, at = f"http://s{number % 4}.test/{number}.html", NOW + seconds(number * 60)
    article = outcomes.article(url, text, title=title)
    return Outcome(
        claim=claim(url, article=ids.mint(at, of=url)), at=at, ended=at, verdict=Verdict.DONE,
        capture=capture(url, time=at), article=article, signature=organise.signature(article),
    )  # fmt: skip


def groups() -> list[list[str]]:
    """The addresses of each group."""
    found: dict[str, set[str]] = {}
    for url, group, own in models.Article.objects.values_list("url", "group", "id"):
        found.setdefault(group or own, set()).add(url)
    return sorted(map(sorted, found.values()))


def some_copies(chance: random.Random) -> list[Outcome]:
    """Texts, and copies of them: whole, edited, cut, one beside another."""
    bases = [outcomes.prose(chance.randrange(10**6), chance.choice([4, 8, 14])) for _ in range(5)]
    made = []
    for number in range(24):
        text = chance.choice(bases)
        changed = (text, text.replace("。", "。补充说明一句。", 1), text[: len(text) * 2 // 3], f"{text}\n\n{bases[0]}")
        made.append(read(number, f"标题{number}号", chance.choice(changed)))
    return made


@pytest.mark.parametrize("seed", range(6))
def test_groups_are_the_same_wherever_a_batch_ends(home: Home, seed: int) -> None:
    """One batch, one by one, or in fives: `rebuild --rows` groups as the crawl did."""
    told, seen = some_copies(random.Random(seed)), []
    for size in (24, 1, 5):
        for kind in (models.Article, models.NewKey, models.Capture, models.Outbox, models.LogLeaf, models.Segment):
            kind.objects.all().delete()
        for at in range(0, 24, size):
            imports.commit(told[at : at + size], RULES.articles)
        seen.append(groups())
    assert seen[0] == seen[1] == seen[2]


def test_a_short_copy_is_found_among_many_of_its_letters(home: Home) -> None:
    """A short text tells by its headline only, so all that have its letters are looked at."""
    text = "详情请看现场视频报道内容如下所示"
    titles = ["某地开展消防演练", *(f"另一条消息第{number}" for number in range(16)), "某地开展消防演练"]
    for number, title in enumerate(titles):
        imports.commit([read(number, title, text)], RULES.articles)
    assert ["http://s0.test/0.html", "http://s1.test/17.html"] in groups()


def test_the_exact_key_is_that_of_the_whole_text() -> None:
    """Long texts that begin alike are not the same text."""
    chance = random.Random(1)
    head = "".join(chr(chance.randrange(0x4E00, 0x9FA5)) for _ in range(41_000))
    one, two = (organise.signature(outcomes.article("http://a.test/", head + tail)) for tail in ("甲" * 9, "乙" * 9))
    assert copies.keys_of(one)[0] != copies.keys_of(two)[0]


def test_an_interrupted_rebuild_leaves_nothing_that_is_gone(home: Home) -> None:
    """What was to leave the index leaves the one that is served, though a rebuild began and stopped meanwhile."""
    for pk in ("a1", "a2"):
        rows.article(pk, said=rows.content(f"https://jilin.example/a/{pk}.html", title=f"第{pk}号供水通报"))
        models.Outbox.objects.create(topic="index", article=pk)
    drain(home)
    twins.merge(models.Article.objects.get(pk="a1"), models.Article.objects.get(pk="a2"))

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(home, stop)
    assert len([*home.index.glob("generation-*")]) == 2
    drain(home)
    assert Index.open(home.index).count == 1
    assert len([*home.index.glob("generation-*")]) == 1


def test_a_save_that_failed_is_not_the_first_any_more(home: Home) -> None:
    """Its time is that of its end, so that a listing which names the page asks again only after a while."""
    url = "http://a.test/w.html"
    frontier.add([frontier.item_of(claim("http://a.test/0.html"), NOW + DAY)], NOW)
    models.Host.objects.update(
        robots=b"", robots_verdict="allow-all", robots_until=NOW + 30 * DAY, robots_waiting=False
    )
    saves.ask(claim(url), "", NOW)
    (given,) = frontier.claim(NOW, 1, Permits())
    commits.commit([Outcome(claim=given, at=NOW, ended=NOW, verdict=Verdict.FAILED, error="404")], RULES)
    item = models.Item.objects.get(url=url)
    assert (item.state, item.due_at) == (models.Item.State.FAILED, NOW)
