"""What publishers ask for, from the wire to every face; and images with a will of their own."""

from __future__ import annotations

import json

from fastwarc.warc import ArchiveIterator

from command import Tuoben, payloads
from loopback import Hit, Web, page_bytes
from stories import body, feed, page

SECRET = "不可外传的一句话"


def test_noarchive_is_kept_and_shown_nowhere(web: Web, tuoben: Tuoben) -> None:
    """A page whose publisher says noarchive is stored and found by its headline; its text is in no answer."""
    host = web.host("q.test")
    header = [("X-Robots-Tag", "googlebot: nosnippet"), ("X-Robots-Tag", "tuoben: noarchive")]
    host.page("/a/1.html", page(1, "云岭河水位通报", f"<p>{SECRET}，{SECRET}。</p>"), headers=header)
    host.page("/a/2.html", page(1, "云岭河水位续报"), headers={"X-Robots-Tag": "googlebot: noarchive"})
    host.page(
        "/feed.xml",
        feed(host, {"/a/1.html": "云岭河水位通报", "/a/2.html": "云岭河水位续报"}),
        content_type="application/rss+xml",
    )
    tuoben.run("source", "add", host.url("/feed.xml"))
    assert tuoben.json("crawl", "--once")["articles"] == 2
    assert SECRET.encode() in payloads(tuoben)[host.url("/a/1.html")]
    shown = tuoben.json("show", host.url("/a/1.html"))
    assert shown["policy"]["noarchive"] and shown["text"] == "" and shown["title"] == "云岭河水位通报"
    assert shown["images"] == [] and shown["description"] == ""
    assert tuoben.json("show", host.url("/a/2.html"))["text"]
    found = tuoben.json("search", "云岭河水位通报")
    assert shown["id"] in [hit["id"] for hit in found["hits"]]
    other = tuoben.json("show", host.url("/a/2.html"))["id"]
    answers = [
        json.dumps(found, ensure_ascii=False),
        tuoben.run("search", SECRET).stdout,
        tuoben.run("show", shown["id"]).stdout,
        tuoben.run("related", other, "--json").stdout,
        tuoben.run("reprints", other, "--json").stdout,
        tuoben.run("revisions", shown["id"], "--json").stdout,
    ]
    assert all(SECRET not in answer for answer in answers)


def test_a_reservation_of_the_host_is_the_policy_of_its_articles(web: Web, tuoben: Tuoben) -> None:
    """tdmrep.json is asked for once a day, of hosts that have articles, and told with each of them; the page goes
    before it; most hosts have none; a rebuild knows it, too."""
    host, bare = web.host("tdm.test"), web.host("bare.test")
    rules = [{"location": "/a/", "tdm-reservation": 1, "tdm-policy": "/terms.json"}]
    host.redirect("/.well-known/tdmrep.json", "/files/tdm.json")
    host.page("/files/tdm.json", json.dumps(rules), content_type="application/json")
    host.page("/a/1.html", page(1, "一号通报的标题"))
    host.page("/a/2.html", page(2, "二号通报的标题"), headers={"TDM-Reservation": "0"})
    bare.page("/a/3.html", page(3, "三号通报的标题"))
    links = {"/a/1.html": "一", "/a/2.html": "二"}
    rss = feed(host, links).replace(
        "</channel>", f"<item><title>三</title><link>{bare.url('/a/3.html')}</link></item></channel>"
    )
    host.page("/feed.xml", rss, content_type="application/rss+xml")
    tuoben.run("source", "add", host.url("/feed.xml"))
    assert tuoben.json("crawl", "--once")["articles"] == 3

    def policies() -> list[dict]:
        told = (host.url("/a/1.html"), host.url("/a/2.html"), bare.url("/a/3.html"))
        return [tuoben.json("show", address)["policy"] for address in told]

    reserved, free, silent = policies()
    assert reserved == {
        "noarchive": False,
        "tdm_reserved": True,
        "tdm_policy": host.url("/terms.json"),
        "tdm_origin": "well-known",
    }
    assert (free["tdm_reserved"], free["tdm_origin"]) == (False, "header") and silent["tdm_origin"] is None
    for name in ("tdm.test", "bare.test"):
        assert len(web.hits(name, "/.well-known/tdmrep.json")) == 1
    tuoben.run("crawl", "--once")
    assert len(web.hits("tdm.test", "/.well-known/tdmrep.json")) == 1
    for suffix in ("", "-wal", "-shm"):
        (tuoben.data / f"tuoben.sqlite3{suffix}").unlink(missing_ok=True)
    tuoben.run("rebuild")
    assert policies() == [reserved, free, silent]


def test_images_with_guards(web: Web, tuoben: Tuoben) -> None:
    """An image is asked for from its page, and once more without saying so when that is refused; the same picture from
    two addresses is stored once."""
    host, cdn = web.host("i.test"), web.host("cdn.test")
    jpeg = b"\xff\xd8\xff" + bytes(range(256)) * 40

    def wants(hit: Hit) -> bytes:
        return page_bytes(jpeg, content_type="image/jpeg") if hit.header("referer") else page_bytes("x", 403)

    def refuses(hit: Hit) -> bytes:
        return page_bytes("x", 403) if hit.header("referer") else page_bytes(jpeg, content_type="image/jpeg")

    cdn.handle("/wants.jpg", wants)
    cdn.handle("/refuses.jpg", refuses)
    cdn.answer("/never.jpg", 403)
    images = "".join(
        f'<figure><img src="http://cdn.test/{name}.jpg" width="600"></figure>' for name in ("wants", "refuses", "never")
    )
    host.page("/a/1.html", page(1, "三幅图片的通报", images + body(9, 1)))
    host.page("/feed.xml", feed(host, {"/a/1.html": "三幅图片的通报"}), content_type="application/rss+xml")
    tuoben.run("source", "add", host.url("/feed.xml"))
    assert tuoben.json("crawl", "--once")["failed"] == 0
    referers = {
        name: [hit.header("referer") for hit in web.hits("cdn.test", f"/{name}.jpg")]
        for name in ("wants", "refuses", "never")
    }
    own = host.url("/a/1.html")
    assert referers == {"wants": [own], "refuses": [own, ""], "never": [own, ""]}
    kinds = []
    for segment in tuoben.segments():
        with segment.open("rb") as file:
            for record in ArchiveIterator(file, parse_http=False):
                if record.headers.get("WARC-Target-URI", "").startswith("http://cdn.test/") and record.headers[
                    "WARC-Type"
                ] in ("response", "revisit"):
                    kinds.append(
                        (
                            record.headers["WARC-Target-URI"].rpartition("/")[2],
                            record.headers["WARC-Type"],
                            int(record.headers["Content-Length"]),
                        )
                    )
    held = [(name, kind) for name, kind, size in kinds if kind == "revisit" or size > len(jpeg)]
    assert sorted(held) == [("refuses.jpg", "revisit"), ("wants.jpg", "response")]
    assert len(tuoben.json("show", own)["images"]) == 3
