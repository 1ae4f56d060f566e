"""An archive of its own for each test: a data directory, segments with real bytes, and clients of both origins."""

from __future__ import annotations

import pytest
from django.test import Client

import rows
from tuoben import model
from tuoben.archive.segments import Segments
from tuoben.home import Home
from tuoben.jobs import drain
from tuoben.web import origins
from tuoben.web.views import replay

PAGE = "https://jilin.example/a/2023/1224/1.html?id=35"
PICTURE = "https://img.jilin.example/1.png"
TITLE = "为谱写中国式现代化吉林新篇章贡献源源不断的科技力量"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
HTML = f"""<!doctype html><html><head><title>{TITLE}</title><link rel="stylesheet" href="/s.css">
<script>document.title = "owned"</script></head><body><h1>{TITLE}</h1><img src="{PICTURE}" onerror="alert(1)">
<a href="/b.html">在存档里</a> <a href="https://elsewhere.example/x?a=1&amp;b=2">在别处</a></body></html>"""


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA = tmp_path
    settings.CONTACT = "desk@paper.example"
    return tmp_path


@pytest.fixture(autouse=True, scope="session")
def _children():
    yield
    replay.close()


@pytest.fixture
def segments(data):
    with Segments(data / "archive", writer="test") as segments:
        yield segments


@pytest.fixture
def app(db):
    """A visitor of the app."""
    return Client(HTTP_HOST="127.0.0.1:8000")


@pytest.fixture
def bare(db):
    """A visitor of the replay origin."""
    return Client(HTTP_HOST="127.0.0.1:8001", **{origins.ORIGIN_KEY: origins.REPLAY})


@pytest.fixture
def said():
    """What the page of the main article says."""
    return rows.content(
        PAGE, title=TITLE, column="厅局长访谈", category="国内", source="中国吉林网", published=rows.moment(),
        html=f"<p>“老字号”创新升级。</p><h3>将科技创新提升到更加重要的战略高度</h3><p><strong>李岩：</strong></p>"
        f'<figure><img src="{PICTURE}" alt="{TITLE}"><figcaption>光学城</figcaption></figure><ul><li>一是聚焦</li></ul>'
        '<blockquote><p>金钥匙</p></blockquote><table><tr><th>指标</th></tr><tr><td>第8位</td></tr></table>'
        '<p><img src="https://never.example/x.png" alt="x">见<a href="/b.html">另一篇</a>。</p>',
        text="“老字号”创新升级，李岩在光学城谈数字智能。\n\n李岩：将科技创新提升到更加重要的战略高度。", images=(model.Image(url=PICTURE, lead=True),),
        roles=(
            model.Role(role="outlet", name="中国吉林网 吉刻APP"), model.Role(role="reporter", name="郭某某"),
            model.Role(role="photographer", name="李某"),
        ),
        reprinted_from="人民公安报", original_title="齐心迈步",
    )  # fmt: skip


@pytest.fixture
def archive(db, segments, said, index):
    """The main article with its page, style and picture in a real segment, a reprint, and a linked page."""
    page, _ = rows.store(segments, PAGE, HTML.encode(), article="main")
    rows.store(segments, PICTURE, PNG, "image/png", kind="requisite")
    rows.store(segments, "https://jilin.example/s.css", b"h1{background:url(/bg.png)}", "text/css", kind="requisite")
    rows.store(segments, "https://jilin.example/b.html", b"<p>b", article="b")
    main = rows.article("main", said=said, page=page, group="g")
    copy = rows.content("https://rmga.example/1", title="科技力量", category="国内", source="人民公安报",
                        published=rows.moment("2023-12-24T10:00:00+08:00"))  # fmt: skip
    rows.article("copy", site=rows.source("rmga", "人民公安报"), said=copy, group="g")
    index()
    return main


@pytest.fixture
def index(data):
    """Brings the search index up to the rows."""
    home = Home(data)
    home.prepare()
    return lambda: drain.rebuild(home, lambda done: None)
