"""Gates: finding, copies and relatedness on the text bench of ../shared, with floors."""

from __future__ import annotations

import gzip
import importlib.util
import json
import math
import os
import random
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tuoben.index import Document, Index
from tuoben.model import Article, Neighbour, State
from tuoben.organise import place, signature
from tuoben.organise.likeness import Scale, Words, likeness
from tuoben.query import parse
from tuoben.text import tokens

SHARED = Path(os.environ.get("TUOBEN_SHARED", Path(__file__).parents[3] / "shared"))
BENCH = SHARED / "bench" / "text"
FLOORS = json.loads((Path(__file__).parent / "text_bench.json").read_text())
T0 = datetime(2024, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not BENCH.is_dir(), reason=f"no text bench at {BENCH} (set TUOBEN_SHARED)")


def rows(name: str) -> list[dict]:
    with gzip.open(BENCH / name, "rt", encoding="utf8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def chinese() -> list[dict]:
    return rows("cctv_docs.jsonl.gz")


def pages() -> list[dict]:
    """Real news in many languages: headline and body of the extraction bench."""
    found = []
    for file in sorted((SHARED / "bench" / "extraction").glob("*/gold.jsonl")):
        for line in file.read_text("utf8").splitlines():
            row = json.loads(line)
            if row.get("title") and row.get("body"):
                found.append({"id": f"{file.parent.name}-{row['id']}", "title": row["title"], "body": row["body"]})
    return found


@pytest.fixture(scope="module")
def library(chinese, tmp_path_factory):
    """An index of real news with the rows in it, by id."""
    held = {row["id"]: row for row in chinese[::3]}
    for i, row in enumerate(rows("agnews_test_en.jsonl.gz")[::3]):
        held[f"en{i}"] = row
    held |= {row["id"]: row for row in pages()}
    with Index.open(tmp_path_factory.mktemp("find") / "index", write=True) as index:
        index.add(
            Document(id=id_, title=row["title"], text=row["body"], published=T0, captured=T0)
            for id_, row in held.items()
        )
        index.commit()
        yield index, held


def first_share(library, ids, change=lambda title: title) -> float:
    """The share of headlines whose search brings an article of that headline first."""
    index, held = library
    good = 0
    for id_ in ids:
        ids_found = index.search(parse(change(held[id_]["title"])), limit=3).ids
        good += bool(ids_found) and held[ids_found[0]]["title"].strip() == held[id_]["title"].strip()
    return good / len(ids)


def told(name: str, value: float) -> None:
    print(f"{name} = {value:.4f} (floor {FLOORS[name]})")
    assert value >= FLOORS[name]


def test_a_headline_finds_its_article_first(library):
    """A headline, as pasted, brings its article first."""
    told("headline_first", first_share(library, random.Random(1).sample(sorted(library[1]), 800)))


def test_a_headline_with_a_suffix_finds_its_article_first(library):
    """So does one with the site's name behind it, as a browser's title bar has it."""
    rng = random.Random(2)
    suffixes = [" - Example News", "_新闻频道_示例网", "｜示例日报", " | Example", " — Beispiel"]
    ids = rng.sample(sorted(library[1]), 400)
    told("headline_with_suffix_first", first_share(library, ids, lambda title: title + rng.choice(suffixes)))


def test_headlines_of_other_languages(library):
    """Headlines of other languages and scripts bring their articles first."""
    ids = [row["id"] for row in pages()]
    if not ids:
        pytest.skip("no extraction bench")
    told("headline_other_languages_first", first_share(library, ids))


def test_any_phrase_is_found(library):
    """Any 2 to 8 Han characters that stand together in a body find it; what is found holds them."""
    index, held = library
    rng = random.Random(3)
    good = asked = 0
    for id_ in rng.sample(sorted(held), 700):
        runs = re.findall("[\u4e00-\u9fff]{2,}", held[id_]["body"])
        if not runs:
            continue
        run = rng.choice(runs)
        size = rng.randint(2, min(8, len(run)))
        at = rng.randrange(len(run) - size + 1)
        hits = index.search(parse(f'"{run[at : at + size]}"'), limit=9000)
        asked += 1
        good += id_ in hits.ids and not hits.loosened
    assert asked > 300
    told("phrase_recall", good / asked)


def test_title_words_find_the_body(chinese, tmp_path):
    """The words of a headline find the article by its body alone (mean reciprocal rank among the first ten)."""
    with Index.open(tmp_path, write=True) as index:
        index.add(Document(id=row["id"], title="", text=row["body"], published=T0, captured=T0) for row in chinese)
        index.commit()
        sample = random.Random(4).sample(chinese, 400)
        ranks = [index.search(parse(row["title"]), limit=10).ids for row in sample]
    told(
        "title_words_mrr",
        sum(1 / (ids.index(row["id"]) + 1) for row, ids in zip(sample, ranks, strict=True) if row["id"] in ids)
        / len(sample),
    )


def generated(count: int, seed: int) -> list[dict]:
    spec = importlib.util.spec_from_file_location("make_reprints", BENCH / "make_reprints.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return list(module.generate(count, seed))


def grouped(found: list[dict]) -> dict[str, str]:
    """The group of each row, when they come in one after the other in no order."""
    arriving = list(found)
    random.Random(5).shuffle(arriving)
    holders: dict[str, list[str]] = defaultdict(list)
    group: dict[str, str] = {}
    known: dict[str, Neighbour] = {}
    for i, row in enumerate(arriving):
        id_ = str(row["id"])
        article = Article(url="", state=State.ARTICLE, title=row["title"], text=row["body"])
        keys = signature(article)
        keys = [key for key in (keys.exact, *keys.passages) if key]
        shared = Counter(other for key in keys for other in holders[key])
        near = [
            Neighbour(
                id=other, group=group.get(other, ""), title=known[other].title, text=known[other].text,
                captured=known[other].captured,
            )
            for other, _ in shared.most_common(20)
        ]  # fmt: skip
        placement = place(article, id_, near)
        known[id_] = Neighbour(
            id=id_, group="", title=row["title"], text=row["body"], captured=T0 + timedelta(minutes=i),
        )  # fmt: skip
        if placement.group:
            for other in [other for other, old in group.items() if old in placement.joins]:
                group[other] = placement.group
            group |= dict.fromkeys((id_, *placement.joins), placement.group)
        for key in keys:
            holders[key].append(id_)
    return group


def test_reprints_end_to_end():
    """Generated reprints find their origin through the keys; other articles from the same template do not."""
    found = generated(400, 2026)
    group = grouped(found)
    origin = {row["group"][1:]: str(row["id"]) for row in found if row["kind"] == "base"}
    right = wrong = missed = 0
    for row in found:
        if row["kind"] == "base":
            continue
        same = group.get(str(row["id"]), "-") == group.get(origin[row["group"][1:]], "+")
        negative = row["kind"].startswith("neg")
        right += same and not negative
        wrong += same and negative
        missed += negative is False and not same
    told("reprints_precision", right / (right + wrong))
    told("reprints_recall", right / (right + missed))


def auc(high: list[float], low: list[float]) -> float:
    return sum((a > b) + 0.5 * (a == b) for a in high for b in low) / (len(high) * len(low))


def test_judged_pairs(chinese):
    """Articles on the same event, and on the same story, are liker than others."""
    held = {row["id"]: row for row in chinese}
    df: Counter[str] = Counter()
    for row in chinese:
        df.update(set(tokens(row["title"])) | set(tokens(row["body"])))
    scale = Scale(df, len(chinese))
    scored = []
    for line in (BENCH / "judged_pairs.jsonl").read_text("utf8").splitlines():
        pair = json.loads(line)
        left, right = (scale.weights(Words(held[pair[k]]["title"], held[pair[k]]["body"])) for k in "ab")
        days = abs((datetime.strptime(pair["date_a"], "%Y%m%d") - datetime.strptime(pair["date_b"], "%Y%m%d")).days)
        scored.append((likeness(left, right) * (0.4 + 0.6 * math.exp(-days / 10)), pair["label"]))
    told("same_event_auc", auc([s for s, label in scored if label == 2], [s for s, label in scored if label < 2]))
    told("same_story_auc", auc([s for s, label in scored if label >= 1], [s for s, label in scored if label == 0]))
