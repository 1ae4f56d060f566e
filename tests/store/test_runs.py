"""Keys and the articles that have them, in a small table and two sorted runs: whatever was merged, all are found."""

from __future__ import annotations

import random

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from tuoben.store import models, pairs, runs

KEYS = st.one_of(
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.sampled_from([0, 1, 255, 256, -1, -256, -257, (1 << 63) - 1, -(1 << 63)]),  # neighbours of one place, the ends
)
IDS = st.text("0123456789abcdefghjkmnpqrstvwxyz", min_size=1, max_size=16)


def expected(told: dict[int, set[str]], aside: str = "") -> dict[int, list[str]]:
    """What is told of keys of which all is known."""
    newest = {key: sorted(held - {aside}, reverse=True)[: pairs.OWNERS] for key, held in told.items()}
    return {key: held for key, held in newest.items() if held}


# --- blocks -----------------------------------------------------------------------------------------------------------
@given(st.lists(st.lists(st.tuples(KEYS, IDS), max_size=400), max_size=5), st.integers(1, 2))
def test_blocks_hold_what_was_put_into_them(batches, run) -> None:
    """Merged time and again, the blocks hold every pair, in order, each in the block that its place leads to."""
    blocks: list[tuple[int, bytes]] = []
    told: dict[int, set[str]] = {}
    for batch in batches:
        for key, article in batch:
            told.setdefault(key, set()).add(article)
        added = sorted(pairs.pair(key, article) for key, article in batch)
        blocks = pairs.blocks(run, [block for _, block in blocks], added)
    numbers = [number for number, _ in blocks]
    assert numbers == sorted(set(numbers))
    cut = [pair for _, block in blocks for pair in pairs.cut(block)]
    assert cut == sorted(cut)
    for key, held in told.items():
        start = pairs.packed(key)
        *_, block = [block for number, block in blocks if number <= pairs.number(run, start)]
        assert set(pairs.articles(block, start)) >= set(sorted(held)[-pairs.OWNERS :])


@given(st.lists(st.tuples(KEYS, IDS), max_size=200), KEYS)
def test_what_stands_before_a_block(told, key) -> None:
    """Pairs are parted where a block begins, those of its place after it."""
    held = sorted(pairs.pair(*one) for one in told)
    end = pairs.number(1, pairs.packed(key))
    count = pairs.before(held, end, 1)
    assert all(pairs.number(1, one) < end for one in held[:count])
    assert all(pairs.number(1, one) >= end for one in held[count:])


def test_a_key_keeps_its_newest_articles_and_its_neighbours_theirs() -> None:
    """Of a key with thousands of articles the newest are kept; what stands around it is not touched."""
    many = [(7, f"n{number:05}") for number in range(5000)]
    beside = [(key, "other") for key in (6, 8)]
    blocks = pairs.blocks(1, [], sorted(pairs.pair(*one) for one in many + beside + many[-20:]))
    held = b"".join(block for _, block in blocks)
    assert pairs.articles(held, pairs.packed(7)) == [f"n{number:05}" for number in range(4999, 4966, -1)]
    assert pairs.articles(held, pairs.packed(6)) == pairs.articles(held, pairs.packed(8)) == ["other"]
    assert len(held) == 24 * (33 + 2)


# --- rows -------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_all_are_found_wherever_they_were_merged_to(monkeypatch) -> None:
    """Written in many transactions, the small table filled and emptied again and again, every key tells its articles;
    and most of the pairs stand in the second run in the end."""
    monkeypatch.setattr(runs, "NEW", 200)
    monkeypatch.setattr(runs, "_TOGETHER", 3)
    chance = random.Random(4)
    common = [chance.getrandbits(64) - (1 << 63) for _ in range(40)]
    told: dict[int, set[str]] = {}
    for number in range(1500):
        article = f"{number:016}"
        keys = {chance.choice(common), *(chance.getrandbits(64) - (1 << 63) for _ in range(9))}
        runs.write((article, key) for key in keys)
        for key in keys:
            told.setdefault(key, set()).add(article)
        if number % 300 == 299:
            asked = chance.sample(sorted(told), 500) + common
            assert runs.owners(asked) == {key: held for key, held in expected(told).items() if key in set(asked)}
    first, second = (
        models.KeyBlock.objects.filter(id__gte=run << pairs.PLACE, id__lt=run + 1 << pairs.PLACE).count()
        for run in (1, 2)
    )
    assert models.NewKey.objects.count() < 220 and second > first > 0
    aside = f"{1499:016}"
    assert runs.owners(list(told), aside) == expected(told, aside)
    assert runs.owners([1, 2, 3]) == runs.owners([]) == {}


@pytest.mark.django_db
def test_a_merge_that_is_not_committed_changes_nothing(monkeypatch) -> None:
    """A transaction that ends in the middle of a merge leaves every pair where it was."""
    monkeypatch.setattr(runs, "NEW", 100)
    before = [(f"a{number:03}", number * (1 << 40)) for number in range(500)]
    for start in range(0, 500, 50):
        runs.write(before[start : start + 50])
    held = list(models.KeyBlock.objects.order_by("id").values_list("id", "pairs"))
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        runs.write((f"b{number:03}", number) for number in range(300))
        assert list(models.KeyBlock.objects.order_by("id").values_list("id", "pairs")) != held
        raise ZeroDivisionError
    assert list(models.KeyBlock.objects.order_by("id").values_list("id", "pairs")) == held
    assert runs.owners([key for _, key in before]) == {key: [article] for article, key in before}


@pytest.mark.django_db
def test_many_that_wait_are_merged_some_at_a_time(monkeypatch) -> None:
    """However many new pairs there are, one transaction takes a bounded part of them."""
    runs.write((f"a{number:05}", number) for number in range(900))
    monkeypatch.setattr(runs, "NEW", 100)
    monkeypatch.setattr(runs, "AT_ONCE", 400)
    left = []
    for _ in range(4):
        runs.write([])
        left.append(models.NewKey.objects.count())
    assert left == [500, 100, 100, 100]
    assert runs.owners(list(range(900))) == {number: [f"a{number:05}"] for number in range(900)}


@pytest.mark.django_db
@pytest.mark.parametrize("article", ["a" * 17, "文"])
def test_an_id_that_fits_no_pair_is_refused(article) -> None:
    """Nothing is cut off silently."""
    with pytest.raises(ValueError, match="at most 16 characters"):
        runs.write([(article, 1)])
    assert not models.NewKey.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("times", [20, 40, 70])
def test_an_article_that_was_written_time_and_again_hides_no_other(times, monkeypatch) -> None:
    """An article that is followed as it goes on has its keys written with each revision: it counts once, among the new
    pairs, in a block and beside other keys, and leaving it aside leaves the others."""
    keys = [5, 6, 7, 8]
    told = {key: {f"a{number:02}" for number in range(20)} | {"z"} for key in keys}
    for key in keys:
        runs.write((article, key) for article in sorted(told[key]))
        runs.write(("z", key) for _ in range(times))
    assert runs.owners(keys) == expected(told)
    assert runs.owners(keys, "z") == expected(told, "z")
    monkeypatch.setattr(runs, "NEW", 1)
    runs.write([("z", 8)])
    assert models.NewKey.objects.count() == 0
    assert runs.owners(keys) == expected(told)
    assert runs.owners(keys, "z") == expected(told, "z")
