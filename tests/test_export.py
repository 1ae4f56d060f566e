"""`tuoben export --wacz`: snapshots as a file that replays alone, the same bytes each time, with proofs inside."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator

from command import Tuoben, warcio_check
from loopback import Web
from stories import body, page, publish

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(64))


def validated(path: Path) -> None:
    """`wacz validate` of py-wacz has nothing to say."""
    code = "import sys; from wacz.main import main; sys.exit(main(sys.argv[1:]))"
    call = [sys.executable, "-W", "ignore", "-c", code, "validate", "-f", str(path)]
    done = subprocess.run(call, capture_output=True, text=True)
    assert done.returncode == 0 and "succeeded" in done.stdout, done.stdout + done.stderr


def members(path: Path) -> dict[str, bytes]:
    """Name → content of each file of a ZIP."""
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def lines(held: dict[str, bytes]) -> list[tuple[str, str, dict[str, str]]]:
    """The index of a package: (key, time, fields)."""
    out = []
    for line in gzip.decompress(held["indexes/index.cdx.gz"]).decode().splitlines():
        key, time, fields = line.split(" ", 2)
        out.append((key, time, json.loads(fields)))
    return out


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Tuoben:
    """An archive of three articles, one of them with a picture behind a redirect, and two revisions of another."""
    with Web() as web:
        tuoben = Tuoben(tmp_path_factory.mktemp("built") / "data", web.env())
        host, pictures = web.host("news.test"), web.host("img.test")
        titles = publish(host, 3)
        picture = f'<p><img src="{pictures.url("/small.png")}"></p>'
        host.page("/a/1.html", page(1, titles["/a/1.html"], picture))
        pictures.redirect("/small.png", "/large.png")
        pictures.page("/large.png", PNG, content_type="image/png")
        tuoben.json("source", "add", host.url("/feed.xml"))
        tuoben.json("crawl", "--once")
        host.page("/a/2.html", page(2, titles["/a/2.html"], body(77)))
        tuoben.sql("UPDATE store_item SET due_at = '2020-01-01' WHERE url LIKE '%/a/2.html'")
        tuoben.sql("UPDATE store_host SET wake_at = '2020-01-01'")
        tuoben.json("crawl", "--once")
        assert len(tuoben.json("revisions", host.url("/a/2.html"))["items"]) == 2
        return tuoben


@pytest.fixture
def told(built: Tuoben, web: Web, tmp_path: Path) -> Tuoben:
    """A copy of that archive of the test's own."""
    shutil.copytree(built.data, tmp_path / "data")
    return Tuoben(tmp_path / "data", web.env())


def test_an_article_as_wacz(told: Tuoben, tmp_path: Path) -> None:
    """One article gives a valid WACZ: its records byte for byte, with what it shows, indexed, listed and digested."""
    path = tmp_path / "one.wacz"
    done = told.json("export", "--wacz", str(path), "http://news.test/a/1.html")
    assert (done["articles"], done["snapshots"], done["proofs"], done["problems"]) == (1, 1, 1, [])
    assert done["size"] == path.stat().st_size
    validated(path)
    held = members(path)
    with zipfile.ZipFile(path) as archive:
        kinds = {info.filename: info.compress_type for info in archive.infolist()}
    assert kinds["archive/data.warc.gz"] == kinds["indexes/index.cdx.gz"] == zipfile.ZIP_STORED
    records = tmp_path / "data.warc.gz"
    records.write_bytes(held["archive/data.warc.gz"])
    warcio_check(records)
    found = lines(held)
    assert found == sorted(found, key=lambda row: row[:2])
    urls = {row[2]["url"] for row in found}
    shown = {"http://news.test/a/1.html", "http://news.test/site.css"}
    assert urls == shown | {"http://img.test/small.png", "http://img.test/large.png"}
    kept = b"".join(one.read_bytes() for one in told.segments())
    for _, _, row in found:
        start, length = int(row["offset"]), int(row["length"])
        member = held["archive/data.warc.gz"][start : start + length]
        assert member in kept, "as it lies in our segments"
        (record,) = ArchiveIterator(io.BytesIO(member))
        assert record.headers["WARC-Target-URI"] == row["url"]
    head, first = (json.loads(line) for line in held["pages/pages.jsonl"].splitlines())
    article = told.json("show", "http://news.test/a/1.html")
    assert head["format"] == "json-pages-1.0"
    assert (first["url"], first["title"], first["text"]) == (article["url"], article["title"], article["text"])
    told_of = json.loads(held["datapackage.json"])
    assert (told_of["wacz_version"], told_of["mainPageUrl"]) == ("1.1.1", first["url"])
    assert told_of["mainPageDate"] == told_of["created"] == first["ts"]
    assert {one["path"] for one in told_of["resources"]} == set(held) - {"datapackage.json", "datapackage-digest.json"}
    digest = json.loads(held["datapackage-digest.json"])["hash"]
    assert digest == f"sha256:{hashlib.sha256(held['datapackage.json']).hexdigest()}"


@pytest.mark.skipif(not shutil.which("openssl"), reason="the stranger's verifier needs openssl")
def test_the_proof_inside_holds(told: Tuoben, tmp_path: Path) -> None:
    """The proof in the package is one that a stranger checks, of the very record that the package holds."""
    path = tmp_path / "one.wacz"
    told.json("export", "--wacz", str(path), "http://news.test/a/1.html")
    held = members(path)
    assert len([one for one in held if one.startswith("proofs/") and one.endswith(".zip")]) == 1
    verifier = tmp_path / "verify.py"
    verifier.write_bytes(held["proofs/verify.py"])
    done = stranger(verifier, path)
    assert done.returncode == 0 and "http://news.test/a/1.html" in done.stdout, done.stderr
    changed = bytearray(path.read_bytes())
    start = changed.index(held["archive/data.warc.gz"])
    place = next(row[2] for row in lines(held) if row[2]["url"] == "http://news.test/a/1.html")
    changed[start + int(place["offset"]) + int(place["length"]) // 2] ^= 1
    path.write_bytes(changed)
    assert "NOT PROVEN" in stranger(verifier, path).stderr


def stranger(verifier: Path, path: Path) -> subprocess.CompletedProcess[str]:
    """The verifier of the package, run by somebody who has nothing else."""
    return subprocess.run([sys.executable, "-I", str(verifier), "--wacz", str(path)], capture_output=True, text=True)


@pytest.mark.skipif(not shutil.which("openssl"), reason="the stranger's verifier needs openssl")
def test_every_proof_holds(told: Tuoben, tmp_path: Path) -> None:
    """The proofs of many pages hold, that of a revisit, whose payload lies in another record, too."""
    path = tmp_path / "all.wacz"
    done = told.json("export", "--wacz", str(path))
    (tmp_path / "verify.py").write_bytes(members(path)["proofs/verify.py"])
    checked = stranger(tmp_path / "verify.py", path)
    assert checked.returncode == 0 and checked.stdout.count("HOLDS") == done["proofs"] == 4, checked.stderr


def written(path: Path, held: dict[str, bytes], changes: dict[str, bytes | None]) -> Path:
    """A package with some members changed, added, or (None) left out."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in (held | changes).items():
            if data is not None:
                archive.writestr(name, data)
    return path


def replaced(data: bytes, old: str, new: str) -> bytes:
    assert old.encode() in data, old
    return data.replace(old.encode(), new.encode())


def indexed(rows: list[str]) -> dict[str, bytes]:
    """An index of these lines, as a package has it."""
    block = gzip.compress("".join(f"{row}\n" for row in rows).encode())
    place = {"offset": 0, "length": len(block), "filename": "index.cdx.gz"}
    idx = f'!meta 0 {{"format": "cdxj-gzip-1.0"}}\n{" ".join(rows[0].split(" ")[:2])} {json.dumps(place)}\n'
    return {"indexes/index.cdx.gz": block, "indexes/index.idx": idx.encode()}


def rezipped(data: bytes, changes: dict[str, bytes]) -> bytes:
    """A proof with some of its files changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, changes.get(info.filename.rpartition("/")[2], old.read(info)))
    return out.getvalue()


def forgeries(held: dict[str, bytes]) -> dict[str, dict[str, bytes | None]]:
    """What somebody may do to a package so that its readers see other than what is proven: name → changed members."""
    pages = held["pages/pages.jsonl"].splitlines(keepends=True)
    told = [json.loads(line) for line in pages[1:]]
    proofs = [f"proofs/{page['id']}.zip" for page in told]
    rows = gzip.decompress(held["indexes/index.cdx.gz"]).decode().splitlines()
    own = next(row for row in rows if told[0]["url"] in row)
    fields = json.loads(own.split(" ", 2)[2])
    other = next(row for row in rows if told[1]["url"] in row)
    elsewhere = json.loads(other.split(" ", 2)[2])
    led = own.replace(f'"{fields["offset"]}"', f'"{elsewhere["offset"]}"')
    led = led.replace(f'"{fields["length"]}"', f'"{elsewhere["length"]}"')
    dressed = led.replace(fields["url"], fields["url"] + "#")
    unproven = json.loads(pages[1]) | {"id": "20200101000000-unproven", "ts": "2020-01-01T00:00:00Z"}
    places = {
        name: rezipped(held[proofs[0]], {"places.json": json.dumps({"record.warc.gz": place}).encode()})
        for name, place in {
            "negative": (-1, 100), "empty": (0, 0), "behind": (len(held["archive/data.warc.gz"]) - 5, 10),
            "no number": (True, 100), "no length": (0, "100"),
        }.items()
    }  # fmt: skip
    return {
        "a page without a proof": {"pages/pages.jsonl": b"".join(pages) + json.dumps(unproven).encode() + b"\n"},
        "a proof left out": {proofs[0]: None},
        "proofs exchanged": {proofs[0]: held[proofs[1]], proofs[1]: held[proofs[0]]},
        "another address": {"pages/pages.jsonl": replaced(b"".join(pages), told[0]["url"], "http://news.test/b.html")},
        "another time": {"pages/pages.jsonl": replaced(b"".join(pages), told[0]["ts"], "2019-01-01T00:00:00Z")},
        "no pages": {"pages/pages.jsonl": pages[0]},
        "no line in the index": indexed([row for row in rows if row != own]),
        "led to another record": indexed([led if row == own else row for row in rows]),
        "led to another record, too": indexed(sorted([*rows, led])),
        "led by the same key": indexed(sorted([*rows, dressed])),
        "led to another file": indexed([own.replace("data.warc.gz", "more.warc.gz"), *rows]),
        "a block that is not listed": {"indexes/index.cdx.gz": held["indexes/index.cdx.gz"] + gzip.compress(b"x\n")},
        "further records": {"archive/more.warc.gz": held["archive/data.warc.gz"]},
        "a further index": {"indexes/more.cdxj": "".join(rows).encode()},
        "further pages": {"pages/extraPages.jsonl": b"".join(pages)},
        **{f"a place that is {name}": {proofs[0]: data} for name, data in places.items()},
    }  # fmt: skip


@pytest.mark.skipif(not shutil.which("openssl"), reason="the stranger's verifier needs openssl")
def test_what_readers_are_led_to_is_what_is_proven(told: Tuoben, tmp_path: Path) -> None:
    """Every page of the list needs its own proof, and the index must lead to the record that was proven: nothing that a
    forger changes in a package with good proofs gets by."""
    path = tmp_path / "all.wacz"
    told.json("export", "--wacz", str(path))
    held = members(path)
    verifier = tmp_path / "verify.py"
    verifier.write_bytes(held["proofs/verify.py"])
    assert stranger(verifier, written(tmp_path / "same.wacz", held, {})).returncode == 0
    for name, changes in forgeries(held).items():
        done = stranger(verifier, written(tmp_path / "forged.wacz", held, changes))
        assert done.returncode == 1 and done.stderr.startswith("NOT PROVEN"), (name, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr, name


@pytest.mark.skipif(not shutil.which("openssl"), reason="the stranger's verifier needs openssl")
def test_a_package_of_imported_records_is_proven(told: Tuoben, web: Web, tmp_path: Path) -> None:
    """Records of another archive are proven by their own address and time, not by those of the import."""
    other = Tuoben(tmp_path / "other", web.env())
    other.run("import", *(str(segment) for segment in told.segments()))
    path = tmp_path / "all.wacz"
    done = other.json("export", "--wacz", str(path))
    verifier = tmp_path / "verify.py"
    verifier.write_bytes(members(path)["proofs/verify.py"])
    checked = stranger(verifier, path)
    assert checked.returncode == 0 and checked.stdout.count("HOLDS") == done["proofs"] == 4, checked.stderr


def test_the_same_bytes_each_time(told: Tuoben, tmp_path: Path) -> None:
    """What did not change is exported as the same bytes."""
    paths = [tmp_path / f"{n}.wacz" for n in range(2)]
    for path in paths:
        told.json("export", "--wacz", str(path), "http://news.test/a/2.html")
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_search_a_source_a_day(told: Tuoben, tmp_path: Path) -> None:
    """All that a search finds, that a source published, or of some days; every snapshot, each record once."""
    everything = told.json("export", "--wacz", str(tmp_path / "all.wacz"))
    assert (everything["articles"], everything["snapshots"]) == (3, 4)
    validated(tmp_path / "all.wacz")
    ids = [row[2]["offset"] for row in lines(members(tmp_path / "all.wacz"))]
    assert len(ids) == len(set(ids)) and everything["records"] == len(ids)
    source = told.json("export", "--wacz", str(tmp_path / "source.wacz"), "--source", "news.test")
    assert source["snapshots"] == 4
    title = told.json("show", "http://news.test/a/3.html")["title"]
    one = told.json("export", "--wacz", str(tmp_path / "search.wacz"), f"标题:{title.partition('：')[0]}")
    assert one["articles"] == 1
    day = told.json("show", "http://news.test/a/3.html")["published"][:10]
    some = told.json("export", "--wacz", str(tmp_path / "day.wacz"), "--since", day, "--until", day)
    assert some["articles"] == 1
    away = told.run("export", "--wacz", str(tmp_path / "no.wacz"), "--until", "1999", code=2)
    assert "nothing to export" in away.stderr and not (tmp_path / "no.wacz").exists()


def test_what_is_not_shown_is_not_exported(web: Web, told: Tuoben, tmp_path: Path) -> None:
    """A hidden article comes into no export, nor does a word of it; of one that says noarchive it is told."""
    host = web.host("closed.test")
    host.page(
        "/a.html", page(9, "不许存档的通报全文").replace("<head>", '<head><meta name="robots" content="noarchive">')
    )
    host.page(
        "/feed.xml",
        f"<rss version='2.0'><channel><item><title>x</title><link>{host.url('/a.html')}</link></item></channel></rss>",
        content_type="application/rss+xml",
    )
    told.json("source", "add", host.url("/feed.xml"))
    told.json("crawl", "--once", "--source", "closed.test")
    hidden = told.json("show", "http://news.test/a/1.html")
    told.run("hide", hidden["id"])
    refused = told.run("export", "--wacz", str(tmp_path / "x.wacz"), hidden["id"], code=2)
    assert "hidden" in refused.stderr
    closed = told.run("export", "--wacz", str(tmp_path / "x.wacz"), host.url("/a.html"), code=2)
    assert "noarchive" in closed.stderr and list(tmp_path.glob("*x.wacz*")) == []
    done = told.json("export", "--wacz", str(tmp_path / "all.wacz"))
    assert (done["articles"], done["closed"]) == (2, 1)
    held = members(tmp_path / "all.wacz")
    whole = b"".join(held.values()) + inflated(held["archive/data.warc.gz"])
    assert hidden["id"].encode() not in whole and b"/a/1.html" not in whole and b"closed.test" not in whole


def inflated(data: bytes) -> bytes:
    """All members of a gzip file."""
    return gzip.decompress(data)


def test_damage_is_named_and_left_out(told: Tuoben, tmp_path: Path) -> None:
    """A record that cannot be read is named, the rest is written, and the exit code is 1; nothing is overwritten."""
    offset, length, segment = told.sql(
        "SELECT c.offset, c.length, c.segment FROM store_capture c JOIN store_revision r ON r.capture = c.record_id "
        "JOIN store_article a ON a.id = r.article_id WHERE a.url LIKE '%/a/3.html'"
    )[0]
    path = told.data / "archive" / segment
    with path.open("r+b") as file:
        file.seek(offset + length // 2)
        file.write(b"\0damage\0")
    wacz = tmp_path / "all.wacz"
    done = told.json("export", "--wacz", str(wacz), code=1)
    assert any("/a/3.html" in problem for problem in done["problems"])
    validated(wacz)
    before = wacz.read_bytes()
    again = told.run("export", "--wacz", str(wacz), code=2)
    assert "there already" in again.stderr and wacz.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    with contextlib.suppress(OSError):
        assert "folder" in told.run("export", "--wacz", str(tmp_path / "none" / "x.wacz"), code=2).stderr
