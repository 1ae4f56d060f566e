"""`tuoben import`: files of other programs are taken in whole, marked as imported, once, and again after a crash."""

from __future__ import annotations

import gzip
import hashlib
import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import zstandard

from command import Tuoben
from loopback import Web
from outcomes import prose
from stories import publish

DATE = "2023-05-01T08:00:00Z"


def record(
    address: str,
    body: bytes,
    head: str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n",
    *,
    kind: str = "response",
    date: str = DATE,
    id: str = "",
    content_type: str = "application/http; msgtype=response",
    more: str = "",
) -> bytes:
    """A WARC/1.0 record as another program writes it."""
    block = head.encode() + (b"\r\n" if head else b"") + body
    told = id or hashlib.sha256(address.encode() + date.encode() + block).hexdigest()[:32]
    fields = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {address}\r\nWARC-Date: {date}\r\n{more}"
        f"WARC-Record-ID: <urn:x:{told}>\r\nContent-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return fields.encode() + block + b"\r\n\r\n"


def page(seed: int, title: str = "") -> bytes:
    """An article's page."""
    body = "".join(f"<p>{line}</p>" for line in prose(seed).split("\n\n"))
    headline = title or f"第{seed}号工程今天在青川县正式开工建设"
    return (
        f"<!doctype html><html lang=zh><head><meta charset=utf-8><title>{headline}</title></head><body><article>"
        f"<h1>{headline}</h1><p class=time>2023-05-01 07:30</p>{body}</article></body></html>"
    ).encode()


def pages(count: int, host: str = "press.test") -> list[bytes]:
    """Records of articles."""
    return [record(f"http://{host}/a/{n}.html", page(n)) for n in range(1, count + 1)]


def write(path: Path, records: Sequence[bytes], *, packed: bool = True) -> Path:
    """A WARC file with a gzip member for each record, or a plain one."""
    path.write_bytes(b"".join(gzip.compress(one) if packed else one for one in records))
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Tuoben:
    """A data directory and no web at all."""
    return Tuoben(tmp_path / "data")


def kept(tuoben: Tuoben) -> bytes:
    """All that the segments hold, inflated."""
    return b"".join(gzip.decompress(path.read_bytes()) for path in tuoben.segments())


def ids(tuoben: Tuoben, query: str = "工程") -> set[str]:
    return {hit["id"] for hit in tuoben.json("search", "--limit", "90", "--", query)["hits"]}


def packings(records: Sequence[bytes]) -> dict[str, bytes]:
    """One file in every form that programs write."""
    plain = b"".join(records)
    samples = [plain[at : at + 400] for at in range(0, len(plain) - 400, 150)]
    dictionary = zstandard.train_dictionary(2048, samples)
    compressor = zstandard.ZstdCompressor(dict_data=dictionary, write_checksum=True)
    raw = dictionary.as_bytes()
    squeezed = zstandard.ZstdCompressor().compress(raw)
    frames = b"".join(compressor.compress(one) for one in records)
    skippable = [b"\x5d\x2a\x4d\x18" + len(held).to_bytes(4, "little") + held for held in (raw, squeezed)]
    return {
        "members.warc.gz": b"".join(gzip.compress(one) for one in records),
        "one-member.warc.gz": gzip.compress(plain),
        "plain.warc": plain,
        "frames.warc.zst": b"".join(zstandard.compress(one) for one in records),
        "one-frame.warc.zst": zstandard.compress(plain),
        "dictionary.warc.zst": skippable[0] + frames,
        "packed-dictionary.warc.zst": skippable[1] + frames,
    }


@pytest.mark.slow
def test_every_form_of_file(tmp_path: Path) -> None:
    """The same records come out of gzip, zstd (with a dictionary, too) and plain files; each is kept byte for byte."""
    records = pages(4)
    for name, content in packings(records).items():
        (tmp_path / name).write_bytes(content)
        tuoben = Tuoben(tmp_path / f"data-{name}")
        done = tuoben.json("import", str(tmp_path / name))
        assert (done["records"], done["captured"], done["articles"], done["failed"]) == (4, 4, 4, 0), name
        assert all(one in kept(tuoben) for one in records), name
        assert tuoben.json("verify")["bad"] == []


def test_it_is_marked_as_imported(empty: Tuoben, tmp_path: Path) -> None:
    """An imported article says from which file it came, with the time of its capture there, and has no source of ours."""
    empty.json("import", str(write(tmp_path / "old.warc.gz", pages(1))))
    shown = empty.json("show", "http://press.test/a/1.html")
    assert shown["capture"]["origin"] == "old.warc.gz"
    assert shown["captured"] == "2023-05-01T08:00:00+00:00"
    assert (shown["site"], shown["title"]) == ("", "第1号工程今天在青川县正式开工建设")
    note = kept(empty)
    assert b'"imported":{"file":"old.warc.gz","offset":0' in note


def test_again_changes_nothing(empty: Tuoben, tmp_path: Path) -> None:
    """The same file again, or the same records in another file, bring nothing new and grow no segment."""
    file = write(tmp_path / "a.warc.gz", pages(3))
    first = empty.json("import", str(file))
    held = kept(empty)
    again = empty.json("import", str(file))
    other = empty.json("import", str(write(tmp_path / "b.warc", pages(3), packed=False)))
    assert first["articles"] == 3
    for done in (again, other):
        assert (done["records"], done["captured"], done["articles"], done["unchanged"]) == (3, 0, 0, 3)
    assert kept(empty) == held and len(ids(empty)) == 3


def test_codings_of_cc_news(empty: Tuoben, tmp_path: Path) -> None:
    """A body whose header tells of a coding that was undone, one that is really coded, chunks that were left in, a
    status line without a reason, a resource record: all are read, and kept as they lie."""
    html = "Content-Type: text/html\r\n"
    chunked = b"5\r\n" + page(3)[:5] + b"\r\n" + b"%x\r\n" % (len(page(3)) - 5) + page(3)[5:] + b"\r\n0\r\n\r\n"
    records = [
        record("http://a.test/1", page(1), "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + html),
        record("http://a.test/2", gzip.compress(page(2)), "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n" + html),
        record("http://a.test/3", chunked, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + html),
        record("http://a.test/4", page(4), "HTTP/2 200\r\n" + html),
        record("<http://a.test/5>", page(5), "", kind="resource", content_type="text/html"),
    ]
    done = empty.json("import", str(write(tmp_path / "cc.warc.gz", records)))
    assert (done["captured"], done["articles"], done["failed"]) == (5, 5, 0)
    assert all(one in kept(empty) for one in records)
    texts = [empty.json("show", f"http://a.test/{n}")["text"] for n in range(1, 6)]
    assert len(set(texts)) == 5 and all("号通报说" in text for text in texts)
    assert empty.json("verify")["bad"] == []


def test_what_is_no_article(empty: Tuoben, tmp_path: Path) -> None:
    """Pages that are no articles and images are kept as captures; requests, JSON, DNS answers are counted as skipped."""
    image = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n"
    records = [
        record("http://a.test/1", page(1)),
        record("http://a.test/login", b"<title>Log in</title><form><input type=password></form>"),
        record("http://a.test/moved", b"", "HTTP/1.1 301 Moved\r\nLocation: /1\r\n"),
        record("http://a.test/i.png", b"\x89PNG\r\n\x1a\n", image),
        record("http://a.test/api", b"{}", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"),
        record("dns:a.test", b"192.0.2.1", "", kind="response", content_type="text/dns"),
        record("http://a.test/1", b"", "GET /1 HTTP/1.1\r\n", kind="request"),
    ]
    done = empty.json("import", str(write(tmp_path / "x.warc.gz", records)))
    assert (done["records"], done["captured"], done["articles"], done["skipped"], done["failed"]) == (7, 4, 1, 3, 0)


@pytest.mark.slow
def test_revisits(empty: Tuoben, tmp_path: Path) -> None:
    """A revisit is kept with its own time and shows the payload that it refers to; one of nothing held is named."""
    profile = "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest\r\n"
    refers = f"WARC-Refers-To-Target-URI: http://a.test/1\r\nWARC-Refers-To-Date: {DATE}\r\n"
    lost = "WARC-Refers-To-Target-URI: http://a.test/9\r\nWARC-Refers-To-Date: 2020-01-01T00:00:00Z\r\n"
    later = "2024-05-01T08:00:00Z"
    records = [
        record("http://a.test/1", page(1)),
        record("http://a.test/1", b"", kind="revisit", date=later, more=profile + refers),
        record("http://a.test/9", b"", kind="revisit", date=later, more=profile + lost),
    ]
    done = empty.json("import", str(write(tmp_path / "r.warc.gz", records)), code=1)
    assert (done["captured"], done["articles"], done["unchanged"], done["failed"]) == (2, 1, 1, 1)
    assert "not in the archive" in done["problems"][0]["why"] and done["problems"][0]["offset"] > 0
    empty.run("rebuild")
    assert empty.json("verify")["bad"] == []


def test_a_revisit_of_a_damaged_payload(empty: Tuoben, tmp_path: Path) -> None:
    """A revisit whose payload is damaged in our archive is named with its place, and the other files are taken in."""
    empty.json("import", str(write(tmp_path / "a.warc.gz", pages(1))))
    (segment,) = empty.segments()
    content = bytearray(segment.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = bytes(40)
    segment.chmod(0o644)
    segment.write_bytes(content)
    refers = f"WARC-Refers-To-Target-URI: http://press.test/a/1.html\r\nWARC-Refers-To-Date: {DATE}\r\n"
    revisit = record("http://press.test/a/1.html", b"", kind="revisit", date="2024-05-01T08:00:00Z", more=refers)
    names = (write(tmp_path / "r.warc.gz", [revisit]), write(tmp_path / "b.warc.gz", pages(2)[1:]))
    done = empty.json("import", *map(str, names), code=1)
    assert (done["files"], done["articles"], done["failed"]) == (2, 1, 1)
    (problem,) = done["problems"]
    assert problem["file"] == "r.warc.gz" and "cannot be read" in problem["why"]


def test_broken_files(empty: Tuoben, tmp_path: Path) -> None:
    """Damage is named with its file and offset, what lies behind it is read, and a file that is no WARC is an error of
    its own."""
    members = [gzip.compress(one) for one in pages(3)]
    hurt = bytearray(members[1])
    hurt[len(hurt) // 2] ^= 0xFF
    (tmp_path / "hurt.warc.gz").write_bytes(members[0] + bytes(hurt) + members[2])
    (tmp_path / "cut.warc.gz").write_bytes(members[0] + members[1][:-20])
    (tmp_path / "no.warc").write_bytes(b"hello")
    (tmp_path / "empty.warc.gz").write_bytes(b"")
    names = [str(tmp_path / name) for name in ("hurt.warc.gz", "cut.warc.gz", "no.warc", "empty.warc.gz")]
    done = empty.json("import", *names, code=1)
    assert (done["files"], done["articles"], done["failed"]) == (4, 2, 4)
    places = {(one["file"], one["offset"]) for one in done["problems"]}
    assert places == {
        ("hurt.warc.gz", len(members[0])),
        ("cut.warc.gz", len(members[0])),
        ("no.warc", 0),
        ("empty.warc.gz", 0),
    }
    assert "There is no file" in empty.run("import", str(tmp_path / "none.warc"), code=2).stderr


def test_arc(empty: Tuoben, tmp_path: Path) -> None:
    """ARC records become WARC records with their block, time and address; the note says that they were converted."""
    block = b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + page(1)
    spec = b"1 0 X\nURL IP-address Archive-date Content-type Archive-length\n"
    head = b"filedesc://x.arc 0.0.0.0 20100101000000 text/plain %d\n" % (len(spec) + 1) + spec + b"\n"
    line = b"http://old.test/a b.html 192.0.2.1 20100102030405 text/html %d\n" % len(block)
    (tmp_path / "x.arc").write_bytes(head + line + block + b"\n")
    (tmp_path / "x.arc.gz").write_bytes(gzip.compress(head) + gzip.compress(line + block + b"\n"))
    done = empty.json("import", str(tmp_path / "x.arc"), str(tmp_path / "x.arc.gz"))
    assert (done["articles"], done["unchanged"], done["failed"]) == (1, 1, 0)
    shown = empty.json("show", "http://old.test/a%20b.html")
    assert shown["captured"] == "2010-01-02T03:04:05+00:00"
    assert block in kept(empty) and b'"converted":"arc"' in kept(empty)


@pytest.mark.slow
def test_rebuild_gives_the_same(empty: Tuoben, tmp_path: Path) -> None:
    """Rows made anew from the segments alone have the same articles under the same ids, still marked as imported."""
    records = [*pages(3), record("http://press.test/a/1.html", page(8), date="2024-01-01T00:00:00Z")]
    empty.json("import", str(write(tmp_path / "a.warc.gz", records)))
    before = {id: empty.json("show", id) for id in ids(empty)}
    for suffix in ("", "-wal", "-shm"):
        (empty.data / f"tuoben.sqlite3{suffix}").unlink(missing_ok=True)
    empty.run("rebuild")
    assert {id: empty.json("show", id) for id in ids(empty)} == before


def test_captures_out_of_order(empty: Tuoben, tmp_path: Path) -> None:
    """A file with older captures of a known article adds a revision in its place in time; the newest stays shown."""
    address = "http://press.test/a/1.html"
    new = [record(address, page(1, "后来的标题说得更加清楚明白"), date="2024-01-01T00:00:00Z")]
    old = [record(address, page(1, "最初的标题还没有写得很清楚"), date="2022-01-01T00:00:00Z")]
    empty.json("import", str(write(tmp_path / "new.warc.gz", new)))
    done = empty.json("import", str(write(tmp_path / "old.warc.gz", old)))
    shown = empty.json("show", address)
    assert (done["articles"], shown["title"], shown["revision"]) == (0, "后来的标题说得更加清楚明白", 2)
    assert shown["first_captured"] == "2022-01-01T00:00:00+00:00"


def test_the_source_of_its_host(web: Web, tuoben: Tuoben, tmp_path: Path) -> None:
    """An imported page of a host that we collect from belongs to that source, and import asks nobody for anything."""
    publish(web.host("press.test"), 1)
    tuoben.run("source", "add", "http://press.test/feed.xml")
    asked = len(web.log)
    tuoben.json("import", str(write(tmp_path / "a.warc.gz", [record("http://www.press.test/old/7.html", page(7))])))
    assert tuoben.json("show", "http://www.press.test/old/7.html")["site"] == "press.test"
    assert len(web.log) == asked


@pytest.mark.slow
def test_killed_and_gone_on(empty: Tuoben, tmp_path: Path) -> None:
    """kill -9 at any moment, again and again: at the end each record is there once, and the archive is sound."""
    count = 400
    file = write(tmp_path / "big.warc.gz", pages(count))
    for delay in (0.9, 1.6, 2.2, 2.8):
        process = empty.popen("import", str(file), stdout=-3, stderr=-3)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = empty.json("import", str(file))
    assert done["records"] == count and done["failed"] == 0
    assert len(ids(empty, "工程")) >= 90
    text = kept(empty)
    assert all(text.count(one) == 1 for one in pages(count))
    assert empty.json("verify")["bad"] == []


@pytest.mark.slow
def test_beside_a_worker(web: Web, tuoben: Tuoben, tmp_path: Path) -> None:
    """An import beside a running worker: both do their work, and neither takes the other's segment for a dead one's."""
    publish(web.host("live.test"), 3)
    tuoben.run("source", "add", "http://live.test/feed.xml")
    worker = tuoben.popen("worker", stdout=-3, stderr=-3)
    try:
        done = tuoben.json("import", str(write(tmp_path / "a.warc.gz", pages(60))))
        assert done["articles"] == 60
        tuoben.run("crawl", "--once")
    finally:
        worker.terminate()
        worker.wait(30)
    assert tuoben.json("show", "http://live.test/a/1.html")["text"]
    assert tuoben.json("verify")["bad"] == []


@pytest.mark.slow
def test_imported_captures_are_read_again(empty: Tuoben, tmp_path: Path) -> None:
    """What was imported is read again by a newer extractor like anything else: the text follows, the capture stays that
    of the import, and nobody is asked for what its page needs."""
    empty.run("import", str(write(tmp_path / "a.warc.gz", pages(3))))
    ids = [empty.json("show", f"http://press.test/a/{n}.html")["id"] for n in (1, 2, 3)]
    before = [empty.json("show", id) for id in ids]
    old = json.dumps({"url": before[0]["url"], "state": "article", "title": "旧的标题", "text": "旧的正文。"})
    empty.sql("UPDATE store_revision SET extractor = '0.0.9+0123456789'")
    empty.sql(f"UPDATE store_revision SET content = '{old}' WHERE article_id = '{ids[0]}'")
    assert empty.json("show", ids[0])["text"] == "旧的正文。"
    told = empty.json("re-extract")
    assert (told["articles"], told["changed"], told["left"]) == (3, 1, [])
    empty.json("re-extract", "--apply")
    assert [empty.json("show", id) for id in ids] == before and before[0]["capture"]["origin"] == "a.warc.gz"
    assert empty.json("re-extract")["articles"] == 0
    assert empty.sql("SELECT count(*) FROM store_item") == [(0,)] and empty.json("verify")["bad"] == []
    (item,) = empty.json("revisions", ids[0])["items"]
    assert item["older_readings"] == ["0.0.9+0123456789"]
