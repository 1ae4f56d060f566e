"""Site rules: parsed, chosen by address and day, applied, drafted, and kept true."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tuoben.errors import UsageError
from tuoben.extract import extract, ruledraft, siterules
from tuoben.model import Hints, Page

RULES = """
host = "news.example"
[[rule]]
path = "/local/"
valid_until = 2026-06-30
body = "div.storybox"
drop = ["div.box"]
title = "div.kopf"
published = "span.when"
source = "span.from"
authors = "span.who"
[[rule]]
body = "div.otherbox"
[[example]]
url = "https://news.example/local/1"
title = "渡口夜班恢复"
authors = ["林砚秋"]
begins = "清河渡口"
ends = "恢复夜班。"
"""
SENTENCE = "清河渡口的夜班渡船从本周起恢复，船工们在码头上把缆绳重新系好，两岸的居民在灯下排起了队，等候第一班船靠岸。"


def page(number: int = 1, url: str = "https://news.example/local/1", at: datetime | None = None) -> Page:
    """A page that general rules read poorly: names without meaning, a longer notice beside the story."""
    notice = "本平台提醒各位用户，请在使用本服务之前仔细阅读全部条款，并确认您已经充分理解其中的每一项内容。" * 12
    story = "".join(f"<p>{SENTENCE}第{number}次。</p>" for _ in range(2)) + "<p>到了周末，渡口完全恢复夜班。</p>"
    html = f"""<html lang=zh><head><title>站点</title></head><body><div class=kopf>栏目｜渡口夜班恢复</div>
      <div>时间 <span class=when>2026-03-0{number} 09:30</span> <span class=from>来源：清河晚报</span> <span class=who>作者：林砚秋</span></div>
      <div class=storybox>{story}<div class=box>广告：点击下载客户端，领取新人大礼包，名额有限先到先得。</div></div>
      <div class=legal><p>{notice}</p></div></body></html>"""
    return Page(
        url=url, body=html.encode(), content_type="text/html", fetched_at=at or datetime(2026, 3, 4, tzinfo=UTC)
    )


def test_a_rule_is_chosen_by_host_path_and_day() -> None:
    """The longest path wins, days of validity are kept to, and other hosts have no rule."""
    rules = siterules.parse(RULES, "a.toml").rules
    march, july = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    assert siterules.choose(rules, "https://www.news.example/local/9", march) == rules[0]
    assert siterules.choose(rules, "https://news.example/local/9", july) == rules[1]
    assert siterules.choose(rules, "https://news.example/else", march) == rules[1]
    assert siterules.choose(rules, "https://fakenews.example/local/9", march) is None
    assert rules[0].valid_until == date(2026, 6, 30)


def test_a_rule_reads_what_it_names() -> None:
    """Body, headline, column, time, source and author come from the rule, and say so."""
    file = siterules.parse(RULES, "a.toml")
    one = page()
    article = extract(one, Hints(rule=siterules.choose(file.rules, one.url, one.fetched_at)))
    assert (article.title, article.column, article.source) == ("渡口夜班恢复", "栏目", "清河晚报")
    assert article.authors == ("林砚秋",)
    assert article.published is not None
    assert article.published.iso().startswith("2026-03-01T09:30")
    assert article.text.startswith("清河渡口")
    assert "大礼包" not in article.text
    assert "条款" not in article.text
    assert {article.origins[name] for name in ("text", "title", "source", "authors", "published")} == {"rule"}
    assert siterules.differences(file.examples[0], article) == []


def test_what_a_rule_does_not_find_is_read_by_the_general_rules() -> None:
    """A rule whose selectors match nothing changes nothing."""
    rule = siterules.parse('host = "news.example"\n[[rule]]\nbody = "div.no"\ntitle = "b.no"\n', "a.toml").rules[0]
    with_rule, without = extract(page(), Hints(rule=rule)), extract(page())
    assert with_rule == without


def test_a_difference_is_named() -> None:
    """A rule that does not hold any more says which field differs, and how."""
    example = siterules.parse(RULES, "a.toml").examples[0]
    article = extract(Page(url=example.url, body=b"<h1>Another headline of today</h1><p>Text.</p>"))
    wrong = siterules.differences(example, article)
    assert any(why.startswith("title is 'Another headline of today'") for why in wrong)
    assert any(why.startswith("authors is") for why in wrong)
    assert any(why.startswith("the body begins") for why in wrong)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("host =", "not TOML"),
        ("[[rule]]\nbody='p'", "name no site"),
        ('host = "a.example"', "no [[rule]]"),
        ('host = "a.example"\nrule = 3', "[[rule]]"),
        ('host = "a.example"\n[[rule]]\nbody = "div["', "not a CSS selector"),
        ('host = "a.example"\n[[rule]]\nbodi = "div"', "'bodi'"),
        ('host = "a.example"\n[[rule]]\nbody = 7', "selector must be text"),
        ('host = "a.example"\n[[rule]]\nvalid_until = "soon"', "must be a date"),
        ('host = "a.example"\n[[rule]]\nbody = "p"\n[[example]]\ntitle = "x"', "needs its url"),
    ],
)
def test_a_wrong_file_gets_one_sentence(text: str, part: str) -> None:
    """What is wrong in a rule file is said in one sentence that names the file."""
    with pytest.raises(UsageError) as caught:
        siterules.parse(text, "mine.toml")
    assert "mine.toml" in str(caught.value)
    assert part in str(caught.value)


def test_a_draft_reads_its_pages_again() -> None:
    """A rule drafted from three pages parses, and reads each of them as its examples say."""
    file = siterules.parse(RULES, "a.toml")
    pages = [page(number, f"https://news.example/local/{number}") for number in (1, 2, 3)]
    read = [(one, extract(one, Hints(rule=file.rules[0]))) for one in pages]
    drafted = siterules.parse(ruledraft.draft("news.example", read), "draft.toml")
    assert drafted.rules[0].body == "div.storybox"
    assert drafted.rules[0].drop == ("div.box",)
    assert dict(drafted.rules[0].fields)["title"] == "div.kopf"
    for one, example in zip(pages, drafted.examples, strict=True):
        assert siterules.differences(example, extract(one, Hints(rule=drafted.rules[0]))) == []
