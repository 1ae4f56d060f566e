"""rule write and rule check, from crawled articles to the next crawl."""

from __future__ import annotations

from pathlib import Path

import pytest

from loopback import Host, Web
from stories import body, feed

NOTICE = "本平台提醒各位用户，请在使用本服务之前仔细阅读全部条款，并确认您已经充分理解其中的每一项内容。" * 4
LAYOUTS = {"old": ("headline", "storybox"), "new": ("kopf", "textkasten")}


def article(number: int, layout: str = "old") -> str:
    """A page whose parts have names of the site's own, with a notice beside the story."""
    headline, story = LAYOUTS[layout]
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>渡口新闻</title></head><body>
      <div class="{headline}">第{number}号渡口恢复夜班通报</div>
      <div><span class="when">2026-11-0{number} 09:3{number}</span> <span class="from">来源：清河晚报</span></div>
      <div class="{story}">{body(number)}</div><div class="legal"><p>{NOTICE}</p></div></body></html>"""


def publish(host: Host, numbers: range, layout: str = "old") -> list[str]:
    """Put articles and the feed that announces them on a host; their URLs."""
    titles = {f"/a/{number}.html": f"第{number}号渡口恢复夜班通报" for number in numbers}
    for number, path in zip(numbers, titles, strict=True):
        host.page(path, article(number, layout))
    host.page("/feed.xml", feed(host, titles), content_type="application/rss+xml")
    return [host.url(path) for path in titles]


@pytest.fixture
def ferry(tuoben, web: Web) -> Host:
    """A source with three articles, crawled."""
    host = web.host("ferry.test")
    publish(host, range(1, 4))
    tuoben("source", "add", host.url("/feed.xml"))
    assert tuoben.json("crawl", "--once")["articles"] == 3
    return host


@pytest.mark.slow
def test_a_rule_from_draft_to_use(tuoben, ferry: Host, tmp_path: Path) -> None:
    """A rule drafted from three articles holds; once it is in the data directory, the next crawl reads by it; when the
    site changes its layout, the check says so and ends with 1."""
    draft = tmp_path / "ferry.test.toml"
    said = tuoben("rule", "write", *(ferry.url(f"/a/{number}.html") for number in (1, 2, 3)), "-o", str(draft))
    assert "rule check" in said.err
    assert 'body = "div.storybox"' in draft.read_text(encoding="utf-8")
    assert tuoben.json("rule", "check", str(draft)) == {"files": ["ferry.test.toml"], "bad": []}

    tuoben.home.site_rules.mkdir(parents=True, exist_ok=True)
    draft.rename(tuoben.home.site_rules / draft.name)
    (fourth,) = publish(ferry, range(4, 5))
    assert tuoben.json("crawl", "--once")["articles"] == 1
    origins = tuoben.json("show", fourth)["origins"]
    assert origins["text"] == origins["published"] == "rule"
    assert "0 do not hold" in tuoben("rule", "check").out

    (fifth,) = publish(ferry, range(5, 6), "new")
    assert tuoben.json("crawl", "--once")["articles"] == 1
    (bad,) = tuoben.json("rule", "check", code=1)["bad"]
    assert bad["url"] == fifth and "div.storybox finds nothing" in bad["why"]
    assert "new layout" in tuoben("rule", "check", code=1).err


def test_drafts_that_are_refused(tuoben, ferry: Host, tmp_path: Path) -> None:
    """Too few articles, and a file that is there already, are wrong calls; nothing is overwritten."""
    urls = [ferry.url(f"/a/{number}.html") for number in (1, 2, 3)]
    assert "at least 3" in tuoben("rule", "write", *urls[:2], code=2).err
    assert "at least 3" in tuoben("rule", "write", urls[0], urls[0], urls[1], code=2).err
    there = tmp_path / "there.toml"
    there.write_text("mine", encoding="utf-8")
    assert "is there already" in tuoben("rule", "write", *urls, "-o", str(there), code=2).err
    assert there.read_text(encoding="utf-8") == "mine"
