"""The site rules that come with tuoben, kept true on the pages of the extraction bench beside the repository."""

from __future__ import annotations

import pytest
from benches import corpus
from benches.extract import predicted

from tuoben.commands import rulefiles
from tuoben.extract import extract, siterules
from tuoben.model import Hints

FILES = rulefiles.rule_files()
pytestmark = [
    pytest.mark.skipif(not corpus.BENCH.exists(), reason="the extraction bench is not beside the repository"),
    # The bench's own scorer leaves its files to be closed by themselves.
    pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def score():
    return corpus.scorer()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_rule_gives_what_its_examples_say(score, file) -> None:
    """Each example of a shipped rule is a page of the bench, and is read as the example says."""
    golds = {gold["url"]: gold for gold in corpus.golds(score)}
    assert file.examples
    for example in file.examples:
        page = corpus.page(golds[example.url])
        rule = siterules.choose(file.rules, page.url, None)
        assert siterules.differences(example, extract(page, Hints(rule=rule))) == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_rule_is_worth_having(score, file) -> None:
    """On the pages of its site no measure is lower with the rule than without it, and one is higher."""
    pages = [gold for gold in corpus.golds(score) if corpus.site(gold) == file.rules[0].host]
    means = []
    for rules in ((), file.rules):
        read = [predicted(page, siterules.choose(rules, page.url, None)) for page in map(corpus.page, pages)]
        means.append(score.summary([score.page(gold, row) for gold, row in zip(pages, read, strict=True)]))
    without, with_rule = means
    signs = {name: -1 if name in ("bad", "wrong") else 1 for name in without}
    gains = {name: signs[name] * (with_rule[name] - without[name]) for name in without}
    assert min(gains.values()) >= 0, gains
    assert max(gains.values()) > 0.01, gains
