"""A dated snapshot: its permanent address, its citation in four forms, and the version that holds a passage."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

import rows
from tuoben import model

ADDRESS = "https://jilin.example/d?a=1&b=2"
FIRST, SECOND = "/a/d/20231224124508/", "/a/d/20231224174508/"


@pytest.fixture
def two(db):
    """Two revisions, five hours apart; the sentence on tickets is in the first alone."""
    said = rows.content(ADDRESS, title="渡口恢复夜班 100%", column="江边", authors=("林砚秋", "Ada {Alder}"), source="清河晚报",
                        published=rows.moment(), text="渡口今天恢复夜班。票价不变。")  # fmt: skip
    row = rows.article("d", said=said)
    later = rows.content(ADDRESS, title="渡口恢复夜班", text="渡口今天恢复夜班。", published=rows.moment())
    rows.revise(row, later, rows.capture(ADDRESS, rows.NOON + timedelta(hours=5), article="d"))
    return row


def test_a_dated_address_shows_that_state_for_ever(app, two) -> None:
    """Each snapshot has its own address; a second without one has none; a hidden article is gone."""
    assert "票价不变" in app.get(FIRST).content.decode()
    assert "票价不变" not in app.get(SECOND).content.decode()
    assert SECOND in app.get("/a/d/").content.decode()
    assert app.get("/a/d/20231224124509/").status_code == 404
    assert app.get("/a/d/99999999999999/").status_code == 404
    rows.hide(two)
    assert app.get(FIRST).status_code == 410
    assert app.get(f"{FIRST}cite.txt").status_code == 410


def test_citations(app, two) -> None:
    """GB/T 7714, BibTeX, RIS and CSL-JSON name title, authors, outlet, both days and both addresses."""
    snapshot = f"http://127.0.0.1:8000{FIRST}"
    text = app.get(f"{FIRST}cite.txt").content.decode()
    assert text == (
        f"林砚秋, Ada {{Alder}}. 江边｜渡口恢复夜班 100%[EB/OL]. 清河晚报, (2023-12-24)[2023-12-24]. {ADDRESS}. 拓本: {snapshot}.\n"
    )
    bib = app.get(f"{FIRST}cite.bib").content.decode()
    assert "title = {{江边｜渡口恢复夜班 100\\%}}" in bib
    assert r"author = {{林砚秋} and {Ada \textbraceleft Alder\textbraceright }}" in bib
    assert f"url = {{{ADDRESS}}}" in bib
    ris = app.get(f"{FIRST}cite.ris").content.decode()
    assert ris.startswith("TY  - NEWS\r\nAU  - 林砚秋\r\nAU  - Ada {Alder}\r\n")
    assert ris.endswith("ER  - \r\n")
    (item,) = json.loads(app.get(f"{FIRST}cite.csl.json").content)
    assert item["issued"] == {"date-parts": [[2023, 12, 24]]}
    assert (item["URL"], item["archive_location"]) == (ADDRESS, snapshot)
    assert item["author"] == [{"literal": "林砚秋"}, {"literal": "Ada {Alder}"}]
    assert app.get(f"{FIRST}cite.doc").status_code == 404


def test_a_passage_leads_to_the_version_that_holds_it(app, two) -> None:
    """The newest version with the passage, whatever its spacing and punctuation; none for what was never there."""
    assert app.get("/a/d/passage", {"text": "恢复 夜班"})["Location"].startswith(f"{SECOND}#:~:text=")
    assert app.get("/a/d/passage", {"text": "票价，不变"})["Location"].startswith(f"{FIRST}#:~:text=")
    assert app.get("/a/d/passage", {"text": "从来没有"}).status_code == 404
    assert app.get("/a/d/passage").status_code == 404


def test_noarchive_tells_no_passage(app, two) -> None:
    """When the publisher says noarchive now, no version is searched."""
    said = rows.content(ADDRESS, text="渡口。", policy=model.Policy(noarchive=True))
    rows.revise(two, said, rows.capture(ADDRESS, rows.NOON + timedelta(hours=9), article="d"))
    assert app.get("/a/d/passage", {"text": "票价不变"}).status_code == 404
