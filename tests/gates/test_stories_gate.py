"""Gate: reports of invented events find their stories through the rows and the index, beside naive baselines."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest

import happenings
import rows
from tuoben.home import Home
from tuoben.jobs import drain
from tuoben.jobs.stories import Clerk
from tuoben.organise.likeness import Scale, Words, likeness
from tuoben.store import models

FLOORS = json.loads((Path(__file__).parent / "stories.json").read_text())
SETS = {
    "tuned": lambda: happenings.sheets(1),
    "held": lambda: happenings.sheets(20260, held=True),
    "fresh": lambda: happenings.fresh(77003),
}
"""The rules and thresholds were chosen on the first two; `fresh`, with other kinds of events, phrasings and names, was
written before that, and nothing was chosen on it."""

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize("name", SETS)
def test_b_cubed_of_stories_beside_baselines(name, settings, tmp_path, monkeypatch, capsys):
    """Stories reach their floor, and are better than one pass of tf-idf with the best threshold for these data."""
    sheets = SETS[name]()
    true = {sheet.id: sheet.event for sheet in sheets}
    assert len(sheets) >= 300 and len(set(true.values())) >= 60
    said, rate = _through_the_rows(sheets, settings, tmp_path, monkeypatch)
    ours = happenings.bcubed(said, true)
    alone = happenings.bcubed({id: id for id in true}, true)
    single = max((happenings.bcubed(found, true) for found in _single_pass(sheets)), key=lambda figures: figures[2])
    mixed = {kind: happenings.mixed(said, true, kind) for kind in ("bulletin", "visit")}
    with capsys.disabled():
        print(f"\nstories {name}: {len(sheets)} reports, {len(set(true.values()))} events; P R F1 {_told(ours)}; "
              f"tf-idf single pass {_told(single)}; each alone {_told(alone)}; "
              f"pairs wrongly joined: bulletins {mixed['bulletin']:.4f}, visits {mixed['visit']:.4f}; "
              f"{rate:.0f} reports/s of CPU")  # fmt: skip
    assert ours[2] >= FLOORS[name]["f1"]
    assert ours[0] >= FLOORS[name]["precision"]
    assert mixed["bulletin"] <= FLOORS[name]["bulletins_joined"]
    assert mixed["visit"] <= FLOORS[name]["visits_joined"]
    assert ours[0] > single[0]
    assert ours[2] > max(single[2], alone[2])


def _told(figures):
    return " ".join(f"{figure:.3f}" for figure in figures)


def _through_the_rows(sheets, settings, tmp_path, monkeypatch):
    """Report → its story (itself when it is in none), and how many were decided on in a second of processor time."""
    settings.DATA = tmp_path
    home = Home(tmp_path)
    home.prepare()
    spent = []
    decide = Clerk.file

    def timed(clerk, *told):
        begun = time.process_time()
        decide(clerk, *told)
        spent.append(time.process_time() - begun)

    monkeypatch.setattr(Clerk, "file", timed)
    for at in range(0, len(sheets), 20):
        for sheet in sheets[at : at + 20]:
            said = rows.content(f"https://jilin.example/{sheet.id}", title=sheet.title, text=sheet.text, html="")
            rows.article(sheet.id, said=said, captured=sheet.when)
            models.Outbox.objects.create(topic="index", article=sheet.id)
        drain.drain(home)
    found = dict(models.StoryMember.objects.values_list("article_id", "story"))
    return {sheet.id: found.get(sheet.id, sheet.id) for sheet in sheets}, len(sheets) / sum(spent)


def _single_pass(sheets):
    """The naive way, at every threshold: each report joins the cluster of the nearest earlier one, or begins one."""
    df: Counter[str] = Counter()
    words = [Words(sheet.title, sheet.text) for sheet in sheets]
    for one in words:
        df.update(one.counts.keys())
    scale = Scale(df, len(sheets))
    weights = [scale.weights(one) for one in words]
    nearest = [
        max(((likeness(own, weights[before]), before) for before in range(at)), default=(0.0, 0))
        for at, own in enumerate(weights)
    ]
    for threshold in (step / 50 for step in range(2, 45)):
        found: dict[str, str] = {}
        for sheet, (strength, before) in zip(sheets, nearest, strict=True):
            found[sheet.id] = found[sheets[before].id] if strength >= threshold else sheet.id
        yield found
