"""Words that stand in a large part of an archive are terms of their own, and are found as they always were."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben.errors import DataError
from tuoben.index import Document, Index, Older
from tuoben.index import often as frequent
from tuoben.query import parse
from tuoben.text import normalise, postings

DAY = datetime(2024, 3, 5, tzinfo=UTC)
SAID = (
    "委员会今天开会，",
    "委员，会议",
    "各委員會和各部，",
    "会委员会委",
    "委员 会计",
    "“委员”会",
    "没有人开会，",
    "员会。",
)
TITLES = ("委员会公报", "公报", "新委员、会", "委員會")


def articles(count: int) -> list[Document]:
    """Articles of all the sayings in turn, with words that are cut by a comma or a space, and some in Traditional."""
    return [
        Document(
            id=f"{n:04d}", title=TITLES[n % 4] if n % 3 == 0 else "", text=SAID[n % 8] + SAID[n // 8 % 8],
            published=DAY + timedelta(minutes=n), captured=DAY, authors=("委员会记者",) if n % 50 == 7 else (),
            older=(Older(number=1, since=DAY, until=DAY, title="", text="委员会"),) if n % 60 == 0 else (),
        )
        for n in range(count)
    ]  # fmt: skip


def held(document: Document, word: str) -> bool:
    """Whether a word stands in an article, quotation marks left out, comma and space not."""
    told = (document.title, document.text, *document.authors)
    return any(word in normalise(part) for part in told)


def learned(path: Path) -> list[str]:
    """What the index at a path has learned."""
    (told,) = path.glob("generation-*/often.json")
    return list(json.loads(told.read_text("utf-8"))["words"])


@pytest.mark.parametrize("sort", ["newest", "relevance"])
@pytest.mark.parametrize("word", ["委员会", "委員會", "员会今", "会委员", "委员会今天", "各部委"])
def test_frequent_words_are_found_exactly(tmp_path: Path, word: str, sort: str) -> None:
    """A frequent word finds just the articles that hold it, those added later, replaced or older too."""
    all_ = articles(400)
    with Index.open(tmp_path, write=True) as index:
        index.add(all_[:300])
        index.commit()
        index.add(all_[280:])
        index.commit()
        found = index.search(parse(word), sort=sort, limit=1000, facets=True)
    wanted = {document.id for document in all_ if held(document, normalise(word))}
    assert (set() if found.loosened else set(found.ids)) == wanted
    assert "委员会" in learned(tmp_path)


def test_frequent_words_rank_as_words_do(tmp_path: Path) -> None:
    """A frequent word in the headline weighs more than one in the body; said twice it weighs more than said once."""
    plain = "从前山里有一座小桥，桥边住着几户人家，春天种稻，秋天收获，冬天围着炉火讲故事。"
    once, twice, headline = (
        Document(id=id_, title=title, text=plain + text, published=DAY, captured=DAY)
        for id_, title, text in (
            ("once", "公报", "后来有了委员会，大家一起修路"),
            ("twice", "公报", "后来有了委员会，都去找委员会"),
            ("headline", "委员会", "后来有了委员会，大家一起修路"),
        )
    )
    with Index.open(tmp_path, write=True) as index:
        index.add([*articles(300), once, twice, headline])
        index.commit()
        ids = index.search(parse("委员会 从前")).ids
    assert ids == ("headline", "twice", "once")


def test_few_articles_teach_nothing(tmp_path: Path) -> None:
    """Of a handful nothing is learned, then or later; all is found."""
    with Index.open(tmp_path, write=True) as index:
        index.add(articles(10))
        index.commit()
        index.add(articles(300))
        index.commit()
        assert index.search(parse("委员会")).total == sum(held(document, "委员会") for document in articles(300))
    assert learned(tmp_path) == []


def test_a_reader_knows_the_words_of_its_generation(tmp_path: Path) -> None:
    """A reader finds the same, whether it came before the words were learned or afterwards; so does a new writer."""
    reader = Index.open(tmp_path)
    with Index.open(tmp_path, write=True) as index:
        early = Index.open(tmp_path)
        index.add(articles(300))
        index.commit()
        wanted = index.search(parse("委员会"), sort="newest", limit=1000).ids
    for other in (reader, early, Index.open(tmp_path)):
        other.refresh()
        assert other.search(parse("委员会"), sort="newest", limit=1000).ids == wanted
    with Index.open(tmp_path, write=True) as index:
        index.add([Document(id="new", title="", text="又一个委员会", published=DAY + timedelta(9), captured=DAY)])
        index.commit()
        assert index.search(parse("委员会"), sort="newest", limit=1000).ids == ("new", *wanted)


def test_an_index_whose_words_are_lost_learns_none(tmp_path: Path) -> None:
    """Without its file of words an index that holds articles still finds all of them."""
    with Index.open(tmp_path, write=True) as index:
        index.add(articles(300))
        index.commit()
    (told,) = tmp_path.glob("generation-*/often.json")
    told.unlink()
    with Index.open(tmp_path, write=True) as index:
        index.add(articles(600)[300:])
        index.commit()
        assert index.search(parse("委员会")).total == sum(held(document, "委员会") for document in articles(600))
    for broken in ("{", "null", "5", "[1]", '{"words": ["a"]}', '{"of": 5, "words": 5}'):
        told.write_text(broken, "utf-8")
        with pytest.raises(DataError, match="rebuild --index"):
            Index.open(tmp_path)
    told.write_text('["委员会"]', "utf-8")  # as it was written at first
    with Index.open(tmp_path) as index:
        assert index.learned_of == frequent.MOST and index.count == 600


def test_no_article_teaches_nothing(tmp_path: Path) -> None:
    """A first lot without an article leaves what is to be learned to the next one."""
    with Index.open(tmp_path, write=True) as index:
        index.learn([], 0)
        index.add([])
        index.commit()
        index.add(articles(300))
        index.commit()
    assert "委员会" in learned(tmp_path)


def test_a_sample_teaches_before_the_first_article(tmp_path: Path) -> None:
    """What is learned of a sample holds for all that is added, however little comes first; nothing is learned twice."""
    all_ = articles(400)
    with Index.open(tmp_path, write=True) as index:
        index.learn(all_[::2], 400)
        index.add(all_[:5])
        index.commit()
        index.learn([], 0)
        index.add(all_[5:])
        index.commit()
        assert index.search(parse("委员会")).total == sum(held(document, "委员会") for document in all_)
    assert "委员会" in learned(tmp_path)


def test_a_reader_learns_the_words_with_the_articles(tmp_path: Path) -> None:
    """A reader that was there before the words looks for them as terms from its next refresh on."""
    with Index.open(tmp_path, write=True) as index:
        reader = Index.open(tmp_path)
        index.add(articles(300))
        index.commit()
        reader.refresh()
        assert reader._view is not None and reader._view.taught and "委员会" in reader._view.often.words.values()


def test_questions_while_a_generation_is_taken_up(tmp_path: Path) -> None:
    """However often another thread takes up a new generation, a question is asked of one generation to its end."""
    all_ = articles(400)
    for taught in (False, True):
        with Index.open(tmp_path / str(taught), write=True) as index:
            index.learn(all_ if taught else all_[:5], 400)
            index.add(all_)
            index.publish()
    reader, found = Index.open(tmp_path / "True"), set()
    views = [reader._view, Index.open(tmp_path / "False")._view]
    ended = threading.Event()

    def turn() -> None:
        while not ended.is_set():
            for view in views:
                reader._view = view

    other = threading.Thread(target=turn)
    other.start()
    try:
        for _ in range(300):
            found.add(reader.search(parse('"委员会"'), limit=0, facets=True).total)
    finally:
        ended.set()
        other.join()
    assert found == {sum(held(document, "委员会") for document in all_)}


def test_only_words_of_two_pairs_are_learned() -> None:
    """Pairs across a comma, Latin words of two letters and longer runs are no words of three characters."""
    text = [" ".join(postings("ab bc，委员会，会长 12 23"))]
    assert set(frequent.learned([text] * frequent.LEAST, 9).words.values()) == {"委员会"}
    assert not frequent.learned([text] * (frequent.LEAST - 1), 9).words


@given(st.lists(st.lists(st.text("委员会", min_size=1, max_size=6), max_size=3), min_size=18, max_size=40))
def test_a_word_is_learned_where_a_sixteenth_of_the_articles_hold_it(texts: list[list[str]]) -> None:
    """Nothing else counts: not how often a word stands in one article, nor in how many of its parts."""
    parts = [[" ".join(postings(text)) for text in article] for article in texts] * 10
    words = {"".join(word) for word in product("委员会", repeat=3)}
    held = {word: sum(any(word in text for text in article) for article in texts) * 10 for word in words}
    least = len(parts) / 16
    wanted = {word for word, count in held.items() if count >= least} if len(parts) >= frequent.LEAST else set()
    assert set(frequent.learned(parts, 1).words.values()) == wanted
