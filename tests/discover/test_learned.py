"""Section pages over many visits: forms of URL are learned, and a changed layout is noticed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tuoben import discover
from tuoben.discover import learned
from tuoben.discover.records import Found
from tuoben.model import Form, Learned, Link, Page


def found(count: int, form: str = "/news/{}.html", doubtful: tuple[Link, ...] = ()) -> Found:
    """A page with so many articles."""
    links = (
        Link(url="https://a.test" + form.format(10_000 + n), title="a headline of five words") for n in range(count)
    )
    return Found(links=tuple(links), doubtful=doubtful)


def after(visits: int, count: int = 20) -> Learned:
    """What is known after some good visits."""
    known = Learned()
    for _ in range(visits):
        known = learned.visited(known, found(count))
    return known


def test_far_fewer_articles_are_noticed_until_they_are_back() -> None:
    """A page that gave twenty and gives two, or none, is named, as long as it stays so; with half of them back it is not."""
    for count, word in ((2, "2 now"), (0, "none now"), (1, "one now")):
        known = learned.visited(after(5), found(count))
        assert word in known.notice and "about 20" in known.notice
        assert learned.visited(known, found(6)).notice
        assert not learned.visited(known, found(12)).notice


def test_other_forms_of_links_are_noticed_until_they_prove_to_be_articles() -> None:
    """Links of another form than ever before are named; once articles stood behind them they are known."""
    other = found(20, "/2027/item/a-{}/")
    known = learned.visited(after(5), other)
    assert "another form" in known.notice
    assert learned.visited(known, other).notice
    form = discover.form(other.links[0].url)
    known = Learned(visits=known.visits, usual=known.usual, forms=(*known.forms, Form(pattern=form, articles=1)))
    assert not learned.visited(known, other).notice


def test_short_and_young_pages_say_nothing() -> None:
    """Before the fourth visit, and of a page with few articles, no change is told."""
    assert not learned.visited(after(2), found(0)).notice
    assert not learned.visited(after(9, count=3), found(0)).notice


def test_a_lasting_change_becomes_the_usual() -> None:
    """A page that stays small is at last what it is."""
    known = after(5, count=40)
    for _ in range(200):
        known = learned.visited(known, found(4))
    assert not known.notice


def test_proven_forms_come_in_and_lists_go_out() -> None:
    """Doubtful links of a proven form are articles; links of a form that gave lists alone are none."""
    article = Link(url="https://a.test/x/12345.html", title="a headline of five words")
    menu = Link(url="https://a.test/x/12346.html", title="Home")
    page = found(3, "/topic-{}/", doubtful=(article, menu))
    known = Learned(
        forms=(
            Form(pattern=discover.form(article.url), articles=3),
            Form(pattern=discover.form(page.links[0].url), others=3),
        )
    )
    assert learned.choose(page, known).links == (article,)
    assert learned.choose(page, Learned(forms=known.forms[1:])).links == page.links, "nothing is proven: nothing goes"


@given(st.lists(st.integers(0, 60), max_size=40), st.integers(0, 9))
def test_what_is_known_stays_small_and_sane(counts: list[int], shapes: int) -> None:
    """Whatever a page shows, a bounded number of forms is kept and the usual number lies between the extremes."""
    known = Learned()
    for number, count in enumerate(counts):
        known = learned.visited(known, found(count, f"/s{'abcdefghij'[number % (shapes + 1)]}/{{}}.html"))
    assert len(known.forms) <= learned.MOST_FORMS and known.visits == len(counts)
    assert not counts or min(counts) - 0.01 <= known.usual <= max(counts) + 0.01


def test_a_section_survives_the_redesign_of_its_other_parts() -> None:
    """With the list moved into what looks like navigation, the links are still found by their form."""
    rows = "".join(
        f'<li><a href="/c/{n}00{n}1.html">第{n}次通报：西城片区供水管网改造进展</a></li>' for n in range(1, 9)
    )
    plain = f"<html><body><div class='list'><ul>{rows}</ul></div></body></html>"
    more = "".join(f"<p><a href='/help-{n}/'>a headline about something else entirely</a></p>" for n in range(30))
    moved = f"<html><body>{more}<div class='nav menu'><ul>{rows}</ul></div></body></html>"
    first, known = discover.announced("section", Page(url="https://a.test/", body=plain.encode()))
    assert len(first.links) == 8 and known is not None
    proven = Learned(
        visits=4, usual=8, forms=tuple(Form(pattern=form.pattern, articles=5, seen=4) for form in known.forms)
    )
    without, _ = discover.announced("section", Page(url="https://a.test/", body=moved.encode()))
    again, after_it = discover.announced("section", Page(url="https://a.test/", body=moved.encode()), proven)
    wanted = {link.url for link in first.links}
    assert not wanted <= {link.url for link in without.links}
    assert wanted <= {link.url for link in again.links}
    assert after_it is not None and not after_it.notice
