"""Finding and placing reprints with many signatures held: `python -m benches.reprints [SIGNATURES]`.

Fills the rows with signatures of articles that nobody will meet again, then takes in generated reprints of ../shared's
text bench (their signature, the look-up in the rows, the placement, their keys written), one transaction for fifty.
Prints articles a second of CPU, and what each step costs; ends with 1 and a plain line below the goal.
"""

from __future__ import annotations

import importlib.util
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import django
from django.core.management import call_command

from benches.corpus import BENCH
from tuoben.model import Article, State
from tuoben.organise import place, signature

GOAL = 1000
"""Articles a second and core (issue 6)."""
HELD = 1_000_000
KEYS = 27
"""Keys of an article of the corpus, in the mean."""
BATCH = 50
BASES = 600
T = TypeVar("T")


def generated() -> list[dict[str, Any]]:
    """Articles with their reprints and near copies, in no order."""
    path = BENCH.parent / "text" / "make_reprints.py"
    if not path.exists():
        raise SystemExit(f"The text bench is not at {path.parent}: set TUOBEN_SHARED to what holds bench/.")
    spec = importlib.util.spec_from_file_location("make_reprints", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows = list(module.generate(BASES, 50_211))
    random.Random(3).shuffle(rows)
    return rows


def fill(count: int) -> None:
    """Signatures of `count` articles: chance keys, since real ones are hashes."""
    from django.db import connection  # noqa: PLC0415

    rng = random.Random(1)

    def rows() -> Iterator[tuple[str, str]]:
        for number in range(count):
            owner = f"h{number:012d}"
            for _ in range(KEYS):
                yield owner, f"{rng.getrandbits(64):016x}"

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        index = "CREATE INDEX articlekey_owners ON store_articlekey (key, article_id)"
        cursor.execute("DROP INDEX articlekey_owners")
        cursor.execute("PRAGMA synchronous = OFF")
        cursor.execute("BEGIN")
        connection.connection.executemany("INSERT INTO store_articlekey (article_id, key) VALUES (?, ?)", rows())
        cursor.execute("COMMIT")
        cursor.execute(index)
        cursor.execute("PRAGMA synchronous = FULL")


class Steps:
    """CPU seconds by step."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()

    def take(self, name: str, work: Callable[[], T]) -> T:
        """Do the work and count its time."""
        started = time.process_time()
        result = work()
        self.spent[name] += time.process_time() - started
        return result


def take_in(rows: list[dict[str, Any]]) -> tuple[Steps, int]:
    """Place the articles one after the other; the times, and how many found a group."""
    from django.db import transaction  # noqa: PLC0415

    from tuoben.store import articles, models  # noqa: PLC0415
    from tuoben.store.database import insert_all, insert_rows, new  # noqa: PLC0415

    steps, grouped = Steps(), 0
    now = datetime(2026, 11, 22, tzinfo=UTC)
    for start in range(0, len(rows), BATCH):
        with transaction.atomic():
            for row in rows[start : start + BATCH]:
                pk = f"p{row['id']}"
                article = Article(url="", state=State.ARTICLE, title=row["title"], text=row["body"])
                told = steps.take("signature", lambda article=article: signature(article))
                near = steps.take("look-up", lambda s=told, pk=pk: articles.neighbours(s, pk, articles.NEIGHBOURS))
                found = steps.take("placement", lambda a=article, pk=pk, near=near: place(a, pk, near))
                grouped += bool(found.group)
                stored = new(
                    models.Article, id=pk, key=pk, url=pk, canonical=pk, title=row["title"], group=found.group,
                    sort_at=now, first_captured_at=now, captured_at=now, checked_at=now,
                )  # fmt: skip
                content = {"text": row["body"]}
                revision = new(
                    models.Revision, article_id=pk, number=1, capture=pk, captured_at=now, extractor="", content=content
                )
                steps.take("article and revision", lambda a=stored, r=revision: (insert_all([a]), insert_all([r])))
                keys = [(pk, key) for key in articles.keys_of(told)]
                steps.take("keys", lambda keys=keys: insert_rows(models.ArticleKey, ("article_id", "key"), keys))
                if found.joins:
                    steps.take("joining", lambda found=found: articles.join_group(found.joins, found.group))
    return steps, grouped


def main() -> None:
    """Fill, take in, print; exit 1 below the goal."""
    held = int(sys.argv[1]) if len(sys.argv) > 1 else HELD
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"TUOBEN_DATA": str(Path(folder)), "DJANGO_SETTINGS_MODULE": "tuoben.settings"}
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        fill(held)
        rows = generated()
        steps, grouped = take_in(rows)
    total = sum(steps.spent.values())
    print(f"{held:,} signatures held; {len(rows)} articles, {grouped} in groups: {len(rows) / total:.0f}/s of CPU")
    for name, spent in steps.spent.most_common():
        print(f"{name:22} {1000 * spent / len(rows):.3f} ms")
    if len(rows) < GOAL * total:
        print(f"goal not met: {len(rows) / total:.0f} articles a second, at least {GOAL}")
        sys.exit(1)


if __name__ == "__main__":
    main()
