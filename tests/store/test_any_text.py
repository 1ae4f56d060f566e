"""Rows hold any text that a page may have: NUL characters, and addresses that are longer than an index can hold."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from outcomes import DAY, NOW, Work, article, prose, stored
from tuoben import model, planning, url
from tuoben.model import Kind, Link
from tuoben.store import commits, frontier, models, queries, replaying, repository
from tuoben.store.fields import clean

ADDRESS = "http://a.test/1.html"
RULES = planning.rules(None)


def long(seed: int, length: int = 6000) -> str:
    """An address that no compression makes short."""
    digits = "".join(hashlib.sha256(f"{seed} {n}".encode()).hexdigest() for n in range(length // 64))
    return f"http://a.test/{digits}.html"


@pytest.mark.django_db
def test_nul_characters_are_left_out() -> None:
    """A page with NUL in its headline, text, links and headers is stored on any database, and found without them."""
    made = Work()
    made.add_source(name="甲\0报")
    found = made.until(Kind.LISTING)
    made.answer(found, links=(Link(url=ADDRESS, title="标\0题", summary="\0"),), etag='"\0"')
    said = article(
        ADDRESS, f"第一\0段。\n\n{prose(1)}", title="标\0题", source="乙\0报", authors=("林\0甲",), category="国\0内"
    )
    receipt = made.page(ADDRESS, said, error="\0")
    row = models.Article.objects.get(pk=receipt.article)
    assert (row.title, row.announced_title, row.credited) == ("标题", "标题", "乙报")
    content = row.revisions.get().content
    assert "\0" not in str(clean(content)) and content["title"] == "标题" and content["text"].startswith("第一段。")
    assert models.Source.objects.get().name == "甲报"
    assert list(models.Article.objects.filter(title="\0标题")) == [row], "what is looked for is cleaned, too"
    assert queries.find("\0") == ""


@pytest.mark.django_db
def test_addresses_that_fit_no_index() -> None:
    """Pages with very long addresses are each one item, one article and one capture, and are found by their address."""
    made = Work()
    made.add_source()
    addresses = [long(seed) for seed in range(3)]
    twins = [one[:-9] + "0000.html" for one in addresses]  # the same for thousands of characters
    made.announce(*addresses, *twins)
    assert models.Item.objects.filter(kind=Kind.PAGE).count() == 6
    image = long(9).replace(".html", ".png")
    for number, address in enumerate([*addresses, *twins]):
        said = article(address, prose(number * 7), title=f"标题{number}", requisites=(image,))
        assert made.page(address, said).new_article
    assert models.Article.objects.count() == 6 and models.Item.objects.filter(url=image).count() == 1
    for address in (*addresses, *twins):
        (capture,) = replaying.captures_of(address)
        assert capture.url == address and models.Article.objects.get(pk=queries.find(address)).url == address
    models.Item.objects.exclude(kind=Kind.LISTING).update(due_at=NOW + 3000 * DAY)
    made.now += DAY
    made.announce(*addresses)
    assert models.Item.objects.filter(kind=Kind.PAGE).count() == 6
    assert max(len(row.key.encode()) for row in models.Item.objects.all()) < 2700


@pytest.mark.django_db
def test_what_was_stored_at_a_long_address_is_known_again() -> None:
    """Taken in once more from the WARC, it changes nothing."""
    made = Work()
    made.add_source()
    made.announce(long(1))
    receipts = [made.page(long(1), article(long(1), prose(3)))]
    before = models.Article.objects.values("pk", "key").get()
    models.Capture.objects.all().delete()
    again = [replace(one, claim=replace(one.claim, url=long(1))) for one in stored(receipts)]
    commits.commit_stored(again, RULES)
    assert (
        models.Article.objects.values("pk", "key").get() == before
        and models.Item.objects.filter(kind="page").count() == 1
    )


@pytest.mark.django_db
def test_a_listing_with_such_an_address_is_none() -> None:
    """A sitemap that names one beside good ones loses nothing else."""
    made = Work()
    source = models.Source.objects.get(pk=made.add_source(("http://a.test/sitemap.xml", "sitemap")))
    for address in (long(1), "http://a.test/good.xml"):
        repository.add_listing(source, address, "sitemap", NOW)
    assert set(source.listings.values_list("url", flat=True)) == {"http://a.test/sitemap.xml", "http://a.test/good.xml"}


@pytest.mark.django_db
def test_a_redirect_to_such_an_address() -> None:
    """Pages, listings, robots.txt and files that redirect there leave items that any index holds."""
    told = [
        model.Claim(
            item=0, epoch=0, kind=kind, url=long(2), host="a.test", via=(ADDRESS,), listing=1, for_host="a.test"
        )
        for kind in Kind
        if kind is not Kind.SCREENSHOT
    ]
    items = [frontier.item_of(one, NOW) for one in told]
    for one in items:
        one.listing_id = None
    assert len(frontier.add(items, NOW)) == len(items)
    assert frontier.add([frontier.item_of(one, NOW) for one in told], NOW) == []


texts = st.text(st.characters(exclude_categories=()), max_size=40)


@given(texts, st.integers(0, 4000), texts)
def test_a_key_fits_and_tells_apart(head: str, length: int, tail: str) -> None:
    """However long, a key is short enough, the same for the same text, another for another one, and its own key."""
    text = head + "长" * length + tail
    key = url.fit(text)
    assert len(key.encode("utf-8", "surrogatepass")) <= url.KEY_SIZE and url.fit(key) == key
    assert key == text or len(text.encode("utf-8", "surrogatepass")) > url.KEY_SIZE
    assert url.fit(text + "1") != key


json = st.recursive(texts | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(texts, inner))


@given(json)
def test_nothing_but_nul_is_taken_out(value: object) -> None:
    """Without NUL characters a value is as it was, and it never has any after."""
    done = clean(value)
    assert "\\x00" not in repr(done).replace("\\\\", "") and clean(done) == done
    assert done == value or "\\x00" in repr(value)


@pytest.mark.django_db
def test_an_index_entry_has_room_for_the_longest_key() -> None:
    """The longest key that `fit` gives goes into every index of keys."""
    key = url.fit(long(5, 8000)[:-1])
    frontier.add([models.Item(kind=Kind.PAGE, url=ADDRESS, key=f"page {key}", due_at=NOW)], NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM store_item WHERE key = %s", [f"page {key}"])
        assert cursor.fetchone() == (f"page {key}",)
