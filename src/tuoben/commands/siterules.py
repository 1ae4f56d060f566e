"""rule: draft a site rule from stored pages, and see whether the rules still say what the pages hold."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from tuoben import pipeline
from tuoben import url as urls
from tuoben.commands import base, engine, rulefiles, terminal
from tuoben.errors import DataError, UsageError
from tuoben.extract import extract, ruledraft, siterules
from tuoben.home import Home
from tuoben.jobs import stored
from tuoben.model import Article, Hints, Page, State
from tuoben.store import queries

ENOUGH = 3
"""Pages from which a rule is drafted: fewer cannot tell what is the site's and what the page's."""
NEWEST = 20
"""Stored articles of a rule's site that `check` reads beside its examples."""


def write(call: Namespace) -> int:
    """Draft a rule from articles that the archive holds; to stdout, or to a file that is not there yet."""
    home = base.home()
    if len(set(call.ids)) < ENOUGH:
        raise UsageError(
            f"Name at least {ENOUGH} articles of the site, by id or URL: a rule is what they have in common."
        )
    pages = [_page(home, base.known_article(text)) for text in call.ids]
    hosts = {host for page in pages if (host := urls.registrable(urls.authority(page.url).partition(":")[0]))}
    if len(hosts) > 1:
        raise UsageError(f"These articles are of several sites ({', '.join(sorted(hosts))}); a rule is for one.")
    with engine.runner() as runner:
        examples = [(page, runner.call(extract, page)) for page in pages]
        text = runner.call(ruledraft.draft, hosts.pop(), examples)
    if not call.output:
        terminal.out.out(text, highlight=False, end="")
        return 0
    target = Path(call.output)
    if target.exists():
        raise UsageError(f"{target} is there already; name another file with -o.")
    target.write_text(text, encoding="utf-8")
    terminal.say(f"The draft is in {target}. Correct it, see that it holds with `tuoben rule check {target}`, and lay "
                 f"it into {home.site_rules}.")  # fmt: skip
    return 0


def check(call: Namespace) -> int:
    """Read each rule's examples, and the newest stored articles of its site, by the rules; 1 when one does not hold."""
    home = base.home()
    files = [rulefiles.rule_file(Path(name)) for name in call.files] or rulefiles.rule_files(home)
    rows = []
    with engine.runner() as runner, terminal.Watch("rule check", quiet=call.json) as watch:
        for file in files:
            for page, example in _pages(home, file):
                watch.tell(f"{file.name}: {page.url}")
                rule = siterules.choose(file.rules, page.url, page.fetched_at)
                if rule is None:
                    continue
                article = runner.call(extract, page, Hints(rule=rule))
                wrong = siterules.differences(example, article) if example else _silent(rule.body, article)
                rows += [{"file": file.name, "url": page.url, "why": why} for why in wrong]
    if call.json:
        terminal.document({"files": [file.name for file in files], "bad": rows})
        return 1 if rows else 0
    for row in rows:
        terminal.say(f"{row['file']}: {row['url']}: {row['why']}")
    terminal.out.print(f"{len(files)} rule files checked, {len({row['file'] for row in rows})} do not hold.")
    return 1 if rows else 0


def _pages(home: Home, file: siterules.RuleFile) -> Iterator[tuple[Page, siterules.Example | None]]:
    """The examples of a file that the archive holds, then the newest stored articles of its site."""
    shown = {}
    for example in file.examples:
        if article := queries.find(example.url):
            shown[article] = example
            yield _page(home, article), example
    for article in queries.newest_of_host(file.rules[0].host, NEWEST):
        if article not in shown:
            yield _page(home, article), None


def _silent(body: str, article: Article) -> list[str]:
    if body and article.state is State.ARTICLE and article.origins.get("text") != "rule":
        return [f"{body} finds nothing on this page: the site may have a new layout"]
    return []


def _page(home: Home, article: str) -> Page:
    reading = queries.reading(article)
    if reading is None:
        raise DataError(f"The article {article} is not shown any more.")
    return pipeline.page_of(stored.exchange(home, reading.capture)[1])
