"""What is hidden leaves every page, list, feed, search and export at once: before the index and the outbox know of it."""

from __future__ import annotations

import io
import json
from argparse import Namespace

import pytest

import rows
from tuoben.commands import find
from tuoben.home import Home
from tuoben.jobs import export, sequence
from tuoben.store import models, stories

PAGE = "https://jilin.example/a/2023/1224/1.html?id=35"
TITLE = "为谱写中国式现代化吉林新篇章贡献源源不断的科技力量"
BESIDE = (
    "/", "/index.atom", "/index.json", "/latest/", "/c/", "/c/国内/", "/c/国内.atom", "/c/国内.json", "/s/", "/s/jilin/",
    "/s/jilin.atom", "/s/jilin.json", "/s/jilin/column/厅局长访谈/", "/s/jilin/column/厅局长访谈.atom",
    "/s/jilin/column/厅局长访谈.json", "/s/jilin/quality/", "/s/jilin/health/", "/a/copy/", "/a/copy.json",
    "/a/copy/reprints/", "/a/copy/reprints/changes/", "/a/near/", "/a/near.json", "/story/", "/story/main/", "/story/near/",
    "/story/near.atom", "/story/near.json", "/search?q=创新升级", "/search.json?q=创新升级", "/search.atom?q=创新升级",
    "/search?q=创新升级&asof=2023-12-25",
)  # fmt: skip
"""Places that an article may be told of in."""
OWN = (
    "/a/main/", "/a/main/?revision=1", "/a/main.json", "/a/main/20231224124508/", "/a/main/20231224124508/cite.bib",
    "/a/main/original/", "/a/main/compare/", "/a/main/revisions/", "/a/main/reprints/", "/a/main/passage?text=创新升级",
    "/a/main/proof.zip", "/a/main/snapshot.wacz", "/a/main/readings/1/",
)  # fmt: skip
SECRETS = (TITLE, "创新升级", "/a/main")


@pytest.fixture
def shown(archive, index, data):
    """The main article with a reprint, a related article, a story of both, an older reading, and its entry in the log."""
    said = rows.content(
        "https://jilin.example/near.html",
        title="李岩谈科技创新",
        category="国内",
        text="李岩在光学城谈数字智能与老字号。",
    )
    rows.article("near", said=said)
    stories.enter("main", {"main": ("founded", 0.0), "near": ("linked", 0.5)})
    first = archive.revisions.get()
    models.OlderReading.objects.create(
        id=1, article="main", capture=first.capture, captured_at=first.captured_at, extractor="0", content=first.content
    )
    index()
    return archive


def named(answer) -> list[str]:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    told = f"{answer.headers}{body.decode(errors='replace')}"
    if answer.headers["Content-Type"].startswith("application/"):
        told += body.decode("unicode-escape", errors="replace").encode("latin-1", "replace").decode(errors="replace")
    return [words for words in SECRETS if words in told]


def asked(client, address: str) -> list[str]:
    """What an address tells of the article, the question left out where the answer repeats it."""
    return [words for words in named(client.get(address)) if words not in address]


def test_a_hidden_article_is_told_of_nowhere(app, bare, shown, data, capsys) -> None:
    """Its own pages are gone, no other page, list, feed, story, column, related or reprint page names it, replay has
    nothing of it, and no export takes it in; before, most of them told of it."""
    before = [address for address in BESIDE if asked(app, address)]
    assert len(before) >= 18, before
    assert bare.get(f"/web/20231224124508/{PAGE}").status_code == 200
    rows.hide(shown)
    assert {address: told for address in BESIDE if (told := asked(app, address))} == {}
    assert {app.get(address).status_code for address in OWN} == {410}
    for address in (f"/web/20231224124508/{PAGE}", f"/web/20231224124508id_/{PAGE}", f"/timemap/{PAGE}"):
        assert bare.get(address).status_code == 404 and TITLE not in bare.get(address).content.decode()
    assert bare.get(f"/cdx?url={PAGE}").content == b""
    for command in (find.related, find.reprints):
        for beside in ("copy", "near"):
            command(Namespace(id=beside, json=True, limit=9))
            assert "main" not in [item["id"] for item in json.loads(capsys.readouterr().out)["items"]]
    Home(data).prepare()
    sequence.sequence(Home(data))
    done = export.export(Home(data), io.BytesIO(), export.Wish(articles=["main"]))
    assert (done.articles, done.snapshots, done.closed) == (0, 0, 0)
