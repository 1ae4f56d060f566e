"""search, show, related, reprints, revisions, verify, rebuild, hide and extract."""

from __future__ import annotations

import gzip
import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

import rows
from outcomes import prose
from stories import page
from tuoben.jobs.drain import drain
from tuoben.model import Policy
from tuoben.store import models


@pytest.fixture
def archive(tuoben):
    """Four articles in rows and index: two copies, one revised, one that asks for no archive."""
    site = rows.source("jilin", "吉林新闻网")
    texts = {"a1": prose(1), "a2": "本文转自：甲报\n\n" + prose(1), "a3": "云岭河取水口水质达标。", "a4": "秘而不宣。"}
    for number, (id, text) in enumerate(texts.items()):
        said = rows.content(
            f"https://jilin.example/a/{id}.html",
            title=f"第{number + 1}号供水通报",
            text=text,
            category="国内",
            source="乙报",
            published=rows.moment(f"2023-12-2{number}T08:00:00+08:00"),
            policy=Policy(noarchive=id == "a4"),
        )
        rows.article(id, site=site, said=said, group="a1" if id in ("a1", "a2") else "")
        models.Outbox.objects.create(topic="index", article=id)
    row = models.Article.objects.get(pk="a3")
    said = rows.content(row.url, title="第3号供水通报（更正）", text="云岭河取水口水质不达标。")
    rows.revise(row, said, rows.capture(row.url, rows.NOON + timedelta(hours=1), article="a3"))
    drain(tuoben.home)
    return tuoben


def test_searching(archive) -> None:
    """Hits have the shape of a card with an excerpt; filters narrow them; people read titles and sources."""
    found = archive.json("search", "供水", "通报")
    assert found["total"] == 4 and {hit["id"] for hit in found["hits"]} == {"a1", "a2", "a3", "a4"}
    assert set(found["hits"][0]) >= {
        "id",
        "url",
        "canonical",
        "title",
        "source",
        "category",
        "published",
        "captured",
        "excerpt",
    }
    assert archive.json("search", "供水通报", "--since", "2023-12-22", "--until", "2023-12-22")["total"] == 1
    assert archive.json("search", "供水通报", "--source", "jilin", "--limit", "2")["total"] == 4
    assert archive.json("search", "供水通报", "--category", "国际")["total"] == 0
    newest = archive.json("search", "供水通报", "--sort", "newest")["hits"]
    assert [hit["published"] for hit in newest] == sorted((hit["published"] for hit in newest), reverse=True)
    said = archive("search", "供水通报")
    assert "4 found" in said.out and "乙报" in said.out


@pytest.mark.parametrize(
    "words", [("--limit", "0", "水"), ("--since", "soon", "水"), ("--as-of", "2023-13", "水"), ()], ids=" ".join
)
def test_searches_that_are_wrong(tuoben, words) -> None:
    """A wrong filter is a wrong call, named in a sentence."""
    assert tuoben("search", *words, code=2).err


def test_showing(archive) -> None:
    """An article is shown by id, URL and record; noarchive leaves its text out for people and programs."""
    shown = archive.json("show", "a1")
    assert shown["id"] == "a1" and shown["text"] == prose(1) and shown["reprints"] == ["a2"]
    assert archive.json("show", shown["url"]) == shown == archive.json("show", shown["capture"]["record"])
    said = archive("show", "a1").out
    assert "第1号供水通报" in said and "2023-12-20 08:00" in said and shown["capture"]["payload_digest"] in said
    assert archive.json("show", "a4")["text"] == ""
    assert "秘而不宣" not in archive("show", "a4").out
    assert "no article" in archive("show", "nothing", code=2).err


def test_copies_and_revisions(archive) -> None:
    """Reprints are told with their lag behind the first, revisions with what changed."""
    (reprint,) = archive.json("reprints", "a1")["items"]
    assert (reprint["id"], reprint["relation"], reprint["lag"]) == ("a2", "reprint", 86_400.0)
    (origin,) = archive.json("reprints", "a2")["items"]
    assert (origin["id"], origin["relation"], origin["lag"]) == ("a1", "origin", 0.0)
    items = archive.json("revisions", "a3")["items"]
    assert [item["revision"] for item in items] == [1, 2] and items[0]["changed"] == []
    assert set(items[1]["changed"]) >= {"title", "text"}
    assert archive.json("related", "a1")["items"] is not None
    assert "reprint" in archive("reprints", "a1").out and "更正" in archive("revisions", "a3").out


def test_hiding(archive) -> None:
    """A hidden article is in no answer, and asking for it is a wrong call."""
    assert archive.json("hide", "a1", "--reason", "请求") == {"id": "a1", "hidden": True}
    assert {hit["id"] for hit in archive.json("search", "供水通报")["hits"]} == {"a2", "a3", "a4"}
    assert "hidden" in archive("show", "a1", code=2).err
    assert archive.json("reprints", "a2")["items"] == []
    assert "on no page" in archive("hide", "a2").out


def test_verifying_and_rebuilding_the_index(archive) -> None:
    """Rows whose segment is missing are bad, with exit code 1; the index alone is made anew."""
    models.Segment.objects.create(name="2023/12/24/none.warc.gz", committed=100)
    said = archive("verify", "--json", code=1)
    assert said.json["bad"] and {"segment", "record", "offset", "why"} <= set(said.json["bad"][0])
    assert "bad" in archive("verify", code=1).out
    assert archive.json("rebuild", "--index") == {"articles": 4}
    assert archive.json("search", "供水通报")["total"] == 4


# --- extract ----------------------------------------------------------------------------------------------------------
TITLE = "云岭河综合治理启动"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """An article page in a file."""
    path = tmp_path / "page.html"
    path.write_text(page(1, TITLE), encoding="utf-8")
    return path


def test_extracting_a_file(saved: Path, tuoben) -> None:
    """A page in a file is read, gzipped too; as JSON and for people."""
    zipped = saved.with_suffix(".html.gz")
    zipped.write_bytes(gzip.compress(saved.read_bytes()))
    told = tuoben.json("extract", str(saved), "--url", "http://a.test/1.html")
    assert told["title"] == TITLE and told["url"] == "http://a.test/1.html" and told["text"]
    assert tuoben.json("extract", str(zipped))["title"] == TITLE
    assert TITLE in tuoben("extract", str(saved)).out
    assert "cannot be read" in tuoben("extract", str(saved.parent), code=2).err


def stdin(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Lines that wait on stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("".join(f"{line}\n" for line in lines).encode())))


def test_extracting_a_stream(saved: Path, tuoben, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows on stdin give rows in their order; a file that is not there, and a line that is no row, spoil nothing else."""
    good = json.dumps({"id": "1", "url": "http://a.test/1", "path": str(saved)})
    absent = json.dumps({"id": "2", "url": "http://a.test/2", "path": str(saved) + ".none"})
    stdin(monkeypatch, good, "", absent, "[1]", good.replace('"1"', '"3"'))
    lines = [json.loads(line) for line in tuoben("extract", "--jsonl", code=1).out.splitlines()]
    assert [line["id"] for line in lines] == ["1", "2", None, "3"]
    assert lines[0]["title"] == lines[3]["title"] == TITLE
    assert lines[1]["error"] and lines[2]["error"]


def test_extracting_nothing(tuoben, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty stream gives an empty answer, and an empty page an article without a text."""
    stdin(monkeypatch)
    assert tuoben("extract", "--jsonl").out == ""
    stdin(monkeypatch)
    assert tuoben.json("extract", "-")["text"] == ""
