"""Small fictional pages that tests collect."""

from __future__ import annotations

from loopback import Host

WORDS = (
    "青川市水务局", "供水管网", "改造工程", "西城片区", "居民小区", "老旧管道", "夜间施工", "恢复供水", "云岭河", "取水口",
    "监测数据", "水质达标", "抢修队伍", "调度中心", "阀门井", "压力平稳", "高层住户", "加压泵站", "施工围挡", "交通疏导",
)  # fmt: skip


def body(seed: int, paragraphs: int = 4) -> str:
    """Prose that is different for each seed."""
    out = []
    for i in range(paragraphs):
        picked = [WORDS[(seed * 7 + i * 5 + j * (seed % 5 + 3)) % len(WORDS)] for j in range(6)]
        out.append(
            f"<p>据第{seed}号现场通报，{picked[0]}对{picked[1]}进行检查，{picked[2]}预计于{seed % 28 + 1}日完成。"
            f"{picked[3]}有关负责人表示，{picked[4]}与{picked[5]}的第{i + 1}阶段任务共{seed * 3 + i}项，已经全部落实。</p>"
        )
    return "\n".join(out)


def page(seed: int, title: str, extra: str = "") -> str:
    """An article page."""
    return f"""<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}_云岭新闻</title>
<link rel="stylesheet" href="/site.css"></head><body>
<nav><a href="/">首页</a> <a href="/local/">本地</a></nav>
<article><h1>{title}</h1><p class="meta">2026-11-{seed % 20 + 1:02} 09:3{seed % 10} 来源：云岭新闻</p>
{body(seed)}{extra}</article><footer>版权所有</footer></body></html>"""


def feed(host: Host, titles: dict[str, str]) -> str:
    """RSS that announces path → title."""
    items = "".join(
        f"<item><title>{title}</title><link>{host.url(path)}</link><guid>{host.url(path)}</guid></item>"
        for path, title in titles.items()
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>云岭新闻</title>{items}</channel></rss>'


def publish(host: Host, count: int, first: int = 1) -> dict[str, str]:
    """Put articles, their feed, a style sheet and a home page on a host; path → title."""
    titles = {
        f"/a/{n}.html": f"{WORDS[n % 20]}第{n}次通报：{WORDS[(n * 3 + 1) % 20]}进展"
        for n in range(first, first + count)
    }
    for number, (path, title) in enumerate(titles.items(), start=first):
        host.page(path, page(number, title), gzip=number % 2 == 0)
    host.page("/site.css", "body{color:#111}", content_type="text/css")
    host.page("/feed.xml", feed(host, titles), content_type="application/rss+xml")
    home = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    host.page("/", f"<html><head><title>云岭新闻</title>{home}</head><body><p>云岭新闻首页</p></body></html>")
    return titles
