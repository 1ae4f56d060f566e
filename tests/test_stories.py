"""Articles find their stories: the decision, the rows, the index and the pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

import rows
from tuoben.home import Home
from tuoben.jobs import drain
from tuoben.organise import stories as organise
from tuoben.organise.likeness import Scale, Words
from tuoben.store import models, repository, stories

BRIDGE = [
    ("青屏苍溪大桥通车", "连接两岸的青屏苍溪大桥正式通车。大桥全长4820米，历时41个月建成，过江时间缩短到十分钟。"),
    (
        "青屏苍溪大桥通车首日",
        "青屏苍溪大桥通车第一天，近九千辆车驶过。大桥全长4820米，历时41个月建成，桥面用了新的沥青。",
    ),
    ("青屏苍溪大桥通车背后", "为了青屏苍溪大桥通车，设计师工作了41个月。江底岩层复杂，全长4820米的大桥改过三次方案。"),
]
OTHERS = [
    ("沧浦豆腐厂起火", "凌晨，沧浦一家豆腐厂发生火灾，消防部门调集十二辆车到场扑救，起火原因正在调查。"),
    ("临泽中学运动会开幕", "临泽中学举办秋季运动会，学生们在操场上赛跑跳远，家长在看台加油。"),
    ("兰洲水稻喜获丰收", "兰洲的水稻进入收割期，农户驾驶收割机下田，预计下周全部入库。"),
]  # fmt: skip


@pytest.fixture
def home(db, settings, tmp_path):
    settings.DATA = tmp_path
    settings.CONTACT = "desk@paper.example"
    home = Home(tmp_path)
    home.prepare()
    for number, (title, text) in enumerate(OTHERS * 4):
        put(f"o{number}", f"{title}{number}", f"{text}第{number}号消息。", number)
    return home


def put(id, title, text, hours=0, **more):
    said = rows.content(f"https://jilin.example/a/{id}.html", title=title, text=text, html=f"<p>{text}</p>")
    row = rows.article(id, said=said, captured=rows.NOON + timedelta(hours=hours), **more)
    models.Outbox.objects.create(topic="index", article=id)
    return row


def bridge(home, count=3):
    for number, (title, text) in enumerate(BRIDGE[:count]):
        put(f"b{number}", title, text, 10 * number)
        drain.drain(home)


@pytest.fixture
def app(home):
    return Client(HTTP_HOST="127.0.0.1:8000")


def test_reports_of_one_event_are_a_story_and_others_stay_out(home):
    """Reports that come one after the other join one story, named by the first; other events are none of it."""
    bridge(home)
    assert stories.members("b0") == ["b0", "b1", "b2"]
    assert stories.of_article("b1") == ("b0", 3)
    assert stories.of_article("o0")[0] != "b0"


def test_deciding_again_changes_nothing(home):
    """Work that was stopped and is done again gives the same stories, when the index is made anew too."""
    bridge(home)
    repository.reindex_all()
    drain.drain(home)
    before = sorted(models.StoryMember.objects.values_list("article", "story"))
    drain.rebuild(home, lambda done: None)
    assert sorted(models.StoryMember.objects.values_list("article", "story")) == before


def test_a_single_article_and_its_copies_are_no_story(home):
    """A text with its copies is not a story."""
    put("c0", *BRIDGE[0], group="c0")
    put("c1", *BRIDGE[0], 5, group="c0")
    drain.drain(home)
    assert stories.of_article("c0") == ("", 0)


def test_a_copy_counts_once(home):
    """Copies enter with their text and are not counted again."""
    bridge(home)
    models.Article.objects.filter(pk="b0").update(group="b0")
    put("c1", *BRIDGE[0], 40, group="b0")
    drain.drain(home)
    assert stories.of_article("c1") == ("b0", 3)


def test_a_hidden_article_leaves_at_once(home, app):
    """What is hidden is on no page of the story, before and after the outbox is drained."""
    bridge(home)
    repository.hide("b1", "test", rows.NOON)
    assert BRIDGE[1][0] not in app.get("/story/b0/").content.decode()
    drain.drain(home)
    assert not models.StoryMember.objects.filter(article="b1").exists()
    repository.hide("b2", "test", rows.NOON)
    assert app.get("/story/b0/").status_code == 404


def test_stories_that_merge_redirect(home, app):
    """The id of a story that became part of another one leads to it for good."""
    bridge(home)
    put("x0", "甲", "乙")
    stories.enter("x0", {"x0": ("founded", 0.0)})
    stories.enter("b0", {}, merged=["x0"])
    answer = app.get("/story/x0/")
    assert (answer.status_code, answer["Location"]) == (301, "/story/b0/")


def test_a_story_that_falls_apart_keeps_its_id_with_the_founder(home):
    """Of the parts of a story the one with the article that named it keeps the id; a part of one is none."""
    bridge(home)
    put("x0", "甲", "乙")
    stories.enter("b0", {"x0": ("linked", 0.3)})
    stories.split([["b0", "b1"], ["b2", "x0"]], "b0")
    assert stories.members("b0") == ["b0", "b1"]
    assert stories.resolve("x0") == "b2"
    stories.split([["b0"], ["b1"]], "b0")
    assert stories.members("b0") == ["b0"]


def test_a_story_is_split_when_the_report_between_its_parts_is_revised(home, app):
    """Two events that one report held together part as soon as that report says something else: by the work on the
    outbox alone; each part has its page, and the ids of both lead to them."""
    tunnel = "白岭铁路隧道昨夜透水，二十三名工人被困井下，救援队连夜抽水，水位下降了3.7米，家属在洞口等候消息。"
    put("f0", "白岭隧道透水", f"{tunnel}抽水机已增加到九台。", 1)
    drain.drain(home)
    put("f1", "白岭隧道透水工人获救", f"{tunnel}第一批工人走出洞口。", 2)
    drain.drain(home)
    bridge(home)
    story = stories.of_article("b0")[0]
    assert story != stories.of_article("f0")[0] and stories.members("f0") == ["f0", "f1"]
    # an earlier version of the rules had taken both for one event
    stories.enter(story, {"f1": ("linked", 0.4)}, merged=["f0"])
    assert len(stories.members(story)) == 5
    row = models.Article.objects.get(pk="b2")
    said = rows.content(row.url, title="兰洲水稻收割", text="兰洲的水稻收割机下田。")
    rows.revise(row, said, rows.capture(row.url, rows.NOON + timedelta(days=2), article="b2"))
    models.Outbox.objects.create(topic="index", article="b2")
    drain.drain(home)
    assert stories.members("b0") == ["b0", "b1"] and stories.members(stories.resolve("f1")) == ["f0", "f1"]
    assert app.get("/story/b0/").status_code == 200
    assert app.get("/story/f0/").status_code == 200 and "白岭隧道" in app.get("/story/f0/").content.decode()


def test_the_page_tells_days_sources_and_what_is_new(home, app):
    """The page has the first report, the days, the sources and the sentences that only later reports have."""
    bridge(home)
    page = app.get("/story/b0/").content.decode()
    assert BRIDGE[0][0] in page and "此前没有的内容" in page and "江底岩层复杂" in page
    assert '<link rel="alternate" type="application/atom+xml" href="/story/b0.atom"' in page
    assert BRIDGE[0][0] in app.get("/story/").content.decode()
    assert 'href="/story/b0/"' in app.get("/a/b2/").content.decode()
    assert app.get("/story/b0.atom").content.count(b"<entry") == 3
    assert len(app.get("/story/b0.json").json()["items"]) == 3
    assert app.get("/story/none/").status_code == 404


def test_what_is_new_leaves_out_what_was_told():
    """A sentence that an earlier report has is not new; one with a new figure is."""
    earlier = [Words("大桥通车", "苍溪大桥正式通车，全长4820米。")]
    assert organise.news("苍溪大桥正式通车，全长4820米。投资37亿元建设的引桥还没有完工。", earlier) == [
        "投资37亿元建设的引桥还没有完工。"
    ]


def reports(*told):
    """Reports of an archive that holds them, and a hundred more in which their words do not stand."""
    read = [organise.Reading(title, text) for title, text in told]
    scale = Scale(Counter(token for one in read for token in one.counts), 100 + len(read))
    return [organise.report(str(at), one, rows.NOON, scale) for at, one in enumerate(read)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            ("柏闲云到墨陂调研", "柏闲云日前到墨陂调研。他走进锂电车间，与职工群众亲切交谈，了解生产经营情况，强调要抓好落实。"),
            ("柏闲云到苍堰调研", "柏闲云日前到苍堰调研。他走进轴承车间，与职工群众亲切交谈，了解生产经营情况，强调要抓好落实。"),
        ),
        (
            ("Fenness harbour strike enters second week", "Ships queue off Fenness while dockers shun the Jarbeck pier."),
            ("Hexcombe harbour strike enters second week", "Ships queue off Hexcombe while dockers shun the Voldgarth pier."),
        ),
    ],
    ids=["visits", "strikes"],
)  # fmt: skip
def test_the_same_words_around_other_names_are_another_event(one, other):
    """Serial visits, and events told in the same phrases of other places, are not linked; a report is to itself."""
    first, second = reports(one, other)
    assert organise.link(first, second) == organise.link(second, first) == 0
    assert organise.link(first, reports(one)[0]) > 0


def test_another_wording_of_one_event_is_linked():
    """A report in which the names stay and the phrases around them are others is linked."""
    first, second = reports(
        ("墨陂锂电厂起火", "墨陂锂电厂凌晨起火，厂长柏闲云说仓库里的货物烧毁，三十二名工人脱险。"),
        ("大火之后的墨陂锂电厂", "在烧毁的仓库前，厂长柏闲云清点货物。墨陂锂电厂的三十二名工人已经回家。"),
    )
    assert organise.link(first, second) > 0


def test_reports_that_come_together_are_decided_one_after_the_other(home):
    """Reports of one event that wait in the outbox at once become one story, as those that come one by one do."""
    for number, (title, text) in enumerate(BRIDGE):
        put(f"b{number}", title, text, 10 * number)
    drain.drain(home)
    assert stories.members("b0") == ["b0", "b1", "b2"]


def test_reports_far_apart_are_linked_only_as_copies():
    """What is told of reports by their times and groups alone is what their words would tell."""
    title, text = "苍溪大桥通车", "苍溪大桥日前正式通车，全长4820米，投资37亿元。"
    first, second = reports((title, text), (title, text))
    for apart in (organise.FARTHEST, organise.FARTHEST + timedelta(seconds=1)):
        later = replace(second, when=first.when + apart)
        assert organise.told_apart(first.when, "", later.when, "") == (apart > organise.FARTHEST)
        assert organise.link(first, later) == 0
        assert organise.link(first.placed("g", ""), later.placed("g", "")) == 1
        unread = organise.unread(later.id, later.when)
        assert organise.link(first.placed("g", ""), unread.placed("g", "")) == 1
    assert organise.link(first, replace(second, when=first.when + organise.FARTHEST - timedelta(minutes=1))) > 0
