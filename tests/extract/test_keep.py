"""The table that has the last word on blocks, and the place of every sentence in the capture."""

import ast
import re
from pathlib import Path

import tuoben.extract
from tuoben import markup
from tuoben.extract import extract, features, weights
from tuoben.model import Page

LINES = [
    "The ferry to Grey Island will run again from Friday, the harbour office of Port Alder said on Tuesday.",
    "It had stood still since March, when a storm tore the landing stage from its piles and closed the quay.",
    "Workers drove forty new piles, and the town paid half of what they cost, the office said in its letter.",
    "Islanders had come and gone in fishing boats since then, which took them across for a small sum each.",
    "The first boat leaves at seven in the morning, and the last one returns at ten, also on Sundays in May.",
]
PAGE = (
    "<html lang='en'><head><title>Ferry runs again</title></head><body><nav><a href='/'>Home</a></nav><h1>Ferry runs again</h1>"
    "<article><div class='body'>" + "".join(f"<p>{line}</p>" for line in LINES[:3])
    + "<ul><li>Monday to Friday: every hour, from seven to ten.</li><li>Saturday: every two hours, from eight.</li></ul>"
    "<table><tr><th>Year</th><th>Riders</th></tr><tr><td>2024</td><td>9 100</td></tr><tr><td>2025</td><td>8 700</td></tr></table>"
    + f"<div>{LINES[3]}<br><br>{LINES[4]}</div></div></article>"
    "<footer><p>Port Alder Courier, all rights reserved, written by its people for its people since 1901.</p></footer></body></html>"
)  # fmt: skip
ARTICLE = extract(Page(url="https://courier.example/ferry", body=PAGE.encode()))


def test_every_sentence_can_be_traced_to_its_place():
    """Each block of the text has a path, which finds in the same bytes an element that holds the block's words."""
    blocks = ARTICLE.text.split("\n\n")
    assert len(blocks) == len(ARTICLE.places) > 5
    again = markup.parse(PAGE)
    for block, place in zip(blocks, ARTICLE.places, strict=True):
        element = again.css_first(place)
        assert element is not None
        assert re.sub(r"\s+", "", block) in re.sub(r"\s+", "", element.text())


def test_a_body_told_in_data_has_no_places():
    """Text read from JSON-LD stands in no element, so no path is told."""
    told = " ".join(LINES)
    page = (
        '<html><head><title>Ferry</title><script type="application/ld+json">{"@type": "NewsArticle", "headline": "Ferry", '
        f'"articleBody": "{told}"}}</script></head><body><h1>Ferry</h1><div id="app"></div></body></html>'
    )
    article = extract(Page(url="https://courier.example/app", body=page.encode()))
    assert LINES[4] in article.text
    assert article.places == ()


def test_structure_survives_the_table():
    """Paragraphs, list items and the rows of a data table stay, the footer stays out."""
    for line in LINES:
        assert line in ARTICLE.text
    assert "Saturday: every two hours" in ARTICLE.text
    assert "2025\t8 700" in ARTICLE.text
    assert "1901" not in ARTICLE.text


def test_the_table_speaks_of_known_numbers():
    """The trees read a row by the names that `features` gives, in its order, and end in numbers of a sensible size."""
    source = (Path(tuoben.extract.__path__[0]) / "weights.py").read_text(encoding="utf-8")
    function = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    names = next(node.targets[0] for node in function.body if isinstance(node, ast.Assign))
    assert tuple(name.id for name in names.elts) == features.NAMES
    trees = [node for node in ast.walk(function) if isinstance(node, ast.IfExp)]
    leaves = [
        ast.literal_eval(leaf) for one in trees for leaf in (one.body, one.orelse) if not isinstance(leaf, ast.IfExp)
    ]
    assert len(trees) > 100
    assert all(abs(leaf) < 5 for leaf in leaves)


def test_a_row_has_a_number_for_each_name():
    """`odds` of a row of zeros can be had: rows and names have the same length."""
    assert isinstance(weights.odds([0.0] * len(features.NAMES)), float)


STORY = "".join(f"<p>{line}</p>" for line in LINES * 2)


def test_a_story_set_in_boxes_of_one_make_is_read_whole():
    """A builder that sets each part of a story in a box of its own loses none of them, though a form stands among them."""
    boxes = "".join(f"<div class='part n{n}'><div><p>{a}</p><p>{b}</p></div></div>" for n, (a, b) in enumerate(
        [(LINES[0], LINES[1]), (LINES[2], LINES[3]), (LINES[4], "So the office wrote, and so the islanders hope, for the summer.")]))  # fmt: skip
    links = "".join(
        f"<li><a href='/{n}'>Another story of the town with a long headline, number {n}</a></li>" for n in range(20)
    )
    page = f"<html lang='en'><body><h1>Ferry runs again</h1><div>{boxes}<div><ul>{links}</ul></div></div></body></html>"
    text = extract(Page(url="https://courier.example/b", body=page.encode())).text
    assert all(line in text for line in LINES)
    assert "Another story" not in text


def test_a_consent_wall_is_not_the_story():
    """A long request for consent, in a box without a telling name, does not outweigh the story."""
    wall = "".join(
        f"<p>With your consent we and our {n} partners use cookies and process your personal data to show advertising and "
        f"to measure content, and you can withdraw your consent at any time under purpose {n} of the GDPR.</p>"
        for n in range(1, 30)
    )
    page = f"<html lang='en'><body><h1>Ferry runs again</h1><div><div>{STORY}</div></div><div class='x1y2'>{wall}</div></body></html>"
    text = extract(Page(url="https://courier.example/c", body=page.encode())).text
    assert LINES[0] in text
    assert "consent" not in text


def test_headings_that_link_to_themselves_stay():
    """A heading that is an anchor of its own section belongs to the story."""
    page = f"<html lang='en'><body><h1>Ferry</h1><article><p>{LINES[0]}</p><h2><a href='#boats'>Which boats will run</a></h2><p>{LINES[1]}</p><p>{LINES[2]}</p></article></body></html>"
    assert "Which boats will run" in extract(Page(url="https://courier.example/h", body=page.encode())).text
