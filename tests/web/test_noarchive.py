"""What a publisher asked not to archive (law 5): by none of the doors do the words of such a revision leave."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from argparse import Namespace
from datetime import timedelta

import pytest

import rows
from tuoben import model, shape
from tuoben.commands import find
from tuoben.home import Home
from tuoben.jobs import export, sequence
from tuoben.jobs.drain import drain
from tuoben.store import logged, models, repository

PAGE = "https://jilin.example/a/ferry.html"
PICTURE = "https://img.jilin.example/night.png"
WORDS = ("渡口今天起每晚开行六班。", "渡口今天起每晚开行七班。", "渡口今天起每晚开行八班。")
"""What each of the three revisions says and no other."""
TIMES = tuple(rows.NOON + timedelta(days=day) for day in (0, 2, 4))
CLOSED = model.Policy(noarchive=True)
DOORS = (
    "{a}", "{a}?revision=1", "{a}?revision=2", "{a}?revision=3", "{a}revisions/", "{a}revisions/2/", "{a}revisions/3/",
    "{a}revisions/2/?view=side", "{a}readings/1/", "{a}readings/2/", "{a}readings/3/", "{a}original/?revision=2",
    "{a}compare/?revision=1", "{a}compare/?revision=2", "{a}reprints/", "{a}reprints/changes/", "/a/copy/reprints/",
    "/a/copy/reprints/changes/", "/a/copy/", "/a/ferry.json", "/a/ferry.json?revision=1", "/a/ferry.json?revision=2",
    *(f"{{a}}{at:%Y%m%d%H%M%S}/" for at in TIMES), *(f"{{a}}{at:%Y%m%d%H%M%S}/cite.csl.json" for at in TIMES),
    "/", "/index.atom", "/index.json", "/c/国内/", "/c/国内.atom", "/s/jilin/", "/s/jilin.json", "/story/copy/",
    *(f"/{door}?q={q}&asof=2023-12-{day}" for door in ("search", "search.json", "search.atom") for q in ("渡口", "渡口通告")
      for day in ("24", "26", "28")), "/search?q=渡口", "/search.json?q=渡口",
    *(f"{{a}}passage?text={words}" for words in WORDS),
    *(f"{{a}}{file}?revision={n}" for file in ("proof.zip", "snapshot.wacz") for n in (1, 2, 3)),
)  # fmt: skip
REPLAYED = (
    *(f"/web/{at:%Y%m%d%H%M%S}{mode}/{PAGE}" for at in TIMES for mode in ("", "id_")),
    f"/timemap/{PAGE}", f"/cdx?url={PAGE}", f"/timegate/{PAGE}",
)  # fmt: skip


@pytest.fixture
def ferry(app, data, segments):
    """Makes an article of three revisions, the one of the given number with noarchive; a copy of it stands beside."""

    def make(closed: int) -> models.Article:
        Home(data).prepare()
        row, kept = None, []
        for number, (words, at) in enumerate(zip(WORDS, TIMES, strict=True), start=1):
            page, stored = rows.store(
                segments, PAGE, f"<h1>渡口通告</h1><p>{words}</p>".encode(), time=at, article="ferry"
            )
            kept.append(stored)
            policy = CLOSED if number == closed else model.Policy()
            said = rows.content(
                PAGE, title="渡口通告", category="国内", text=words, html=f"<p>{words}</p>", description=words,
                images=(model.Image(url=PICTURE, caption=words, lead=True),), policy=policy,
            )  # fmt: skip
            if row is None:
                row = rows.article("ferry", said=said, page=page, group="g")
            else:
                rows.revise(row, said, page)
            models.OlderReading.objects.create(
                id=number, article="ferry", capture=page.record_id, captured_at=at, extractor="0.0.9+aa",
                content=shape.dump(rows.content(PAGE, title="渡口通告", text=f"旧读：{words}", policy=policy)),
            )  # fmt: skip
        models.Article.objects.filter(pk="ferry").update(lead=WORDS[-1])
        rows.article("copy", said=rows.content("https://copy.example/1", title="渡口", text="另一篇。"), group="g")
        logged.add(kept)
        sequence.sequence(Home(data))
        repository.reindex_all()
        drain(Home(data))
        return row

    return make


def told(answer) -> str:
    """All that an answer says: its head, its body, and the files packed in it."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{answer.headers}{unpacked(body)}"


def unpacked(body: bytes) -> str:
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "".join(unpacked(archive.read(name)) for name in archive.namelist())
    out = b""
    while body.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(31)
        out += member.decompress(body)
        body = member.unused_data
    return (out + body).decode(errors="replace")


def words_behind(client, doors) -> dict[str, str]:
    """Door → what it says, without the question where an answer repeats it."""
    out = {}
    for door in doors:
        address = door.format(a="/a/ferry/")
        out[address] = told(client.get(address))
    return out


@pytest.mark.parametrize("closed", [1, 2])
def test_words_of_a_revision_with_noarchive_leave_by_no_door(app, bare, ferry, data, closed) -> None:
    """Whichever earlier revision says noarchive: its words are on no page and in no list, feed, search, download,
    memento or command; those of the others are."""
    ferry(closed)
    secret, shown = WORDS[closed - 1], [words for at, words in enumerate(WORDS) if at != closed - 1]
    said = words_behind(app, DOORS) | words_behind(bare, REPLAYED)
    open_doors = {door: text for door, text in said.items() if "passage" not in door}
    assert not [door for door, text in open_doors.items() if secret in text]
    assert app.get(f"/a/ferry/passage?text={secret}").status_code == 404
    for words in shown:
        assert any(words in text for text in open_doors.values())
        assert app.get(f"/a/ferry/passage?text={words}").status_code == 302
    stamps = [f"{at:%Y%m%d%H%M%S}" for at in TIMES]
    for address in (f"/timemap/{PAGE}", f"/cdx?url={PAGE}"):
        assert [stamp in said[address] for stamp in stamps] == [at != closed - 1 for at in range(3)]
    package = io.BytesIO()
    done = export.export(Home(data), package, export.Wish(articles=["ferry"]))
    assert done.snapshots == 2 and secret not in unpacked(package.getvalue())


@pytest.mark.parametrize("closed", [1, 2, 3])
def test_nothing_is_told_of_what_changed_in_words_that_are_withheld(app, ferry, closed) -> None:
    """The list of revisions, the reading page and the comparison say nothing of a change to or from such a revision,
    and lead to no older reading of it."""
    ferry(closed)
    listed = app.get("/a/ferry/revisions/").content.decode()
    changes = {number: number != closed and number - 1 != closed and closed != 3 for number in (2, 3)}
    assert listed.count("改 1 句") == sum(changes.values())
    for number, open_ in changes.items():
        assert (app.get(f"/a/ferry/revisions/{number}/").status_code == 200) is open_
    for number in (1, 2, 3):
        shown = number != closed and closed != 3
        assert (f"/a/ferry/readings/{number}/" in listed) is shown
        assert app.get(f"/a/ferry/readings/{number}/").status_code == (200 if shown else 404)
    assert ("这一版改了" in app.get("/a/ferry/?revision=3").content.decode()) is changes[3]


def test_noarchive_in_the_newest_revision_withholds_all(app, bare, ferry, data) -> None:
    """What the publisher asks today holds for every revision."""
    ferry(3)
    said = words_behind(app, DOORS) | words_behind(bare, REPLAYED)
    for words in WORDS:
        assert not [door for door, text in said.items() if words in text and "passage" not in door]
    assert bare.get(f"/timemap/{PAGE}").status_code == 404
    assert export.export(Home(data), io.BytesIO(), export.Wish(articles=["ferry"])).snapshots == 0


def test_the_command_line_compares_nothing_that_is_withheld(ferry, capsys) -> None:
    """`tuoben revisions` tells the times of such a revision, not what changed to or from it."""
    ferry(2)
    find.revisions(Namespace(id="ferry", json=True))
    items = json.loads(capsys.readouterr().out)["items"]
    assert [(one["changed"], one["sentences"], one["lead"]) for one in items] == [
        ([], {}, WORDS[0]), ([], {}, ""), ([], {}, WORDS[2]),
    ]  # fmt: skip
    assert [len(one["older_readings"]) for one in items] == [1, 0, 1]
