"""robots.txt: RFC 9309, and the leniency the large crawlers show."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuoben.fetch.robots import SIZE_LIMIT, STARS, WILDCARDS, Robots
from tuoben.scope import matches

ME = "tuoben"


def allowed(text: str | bytes, path: str, agent: str = ME) -> bool:
    body = text.encode() if isinstance(text, str) else text
    return Robots.parse(body).allowed(agent, "https://news.test" + path)


@pytest.mark.parametrize(
    ("rules", "path", "verdict"),
    [
        ("Disallow: /a", "/a/b", False),
        ("Disallow: /a", "/b", True),
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a/b\nDisallow: /a", "/a/c", False),
        ("Disallow: /a\nAllow: /a", "/a", True),
        ("Disallow:", "/", True),
        ("Disallow: /*.php$", "/x.php", False),
        ("Disallow: /*.php$", "/x.php?y", True),
        ("Disallow: /*/b*c$", "/a/bxc", False),
        ("Disallow: /a*$", "/abc", False),
        ("Disallow: /a$b", "/a$b", False),
        ("Disallow: *", "/x", False),
        ("Disallow: /?x=", "/?x=1", False),
        ("Disallow: /新闻/", "/%E6%96%B0%e9%97%bb/1", False),
        ("Disallow: /%7ejoe", "/~joe/", False),
        ("Disallow: /~joe", "/%7Ejoe/", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow: / # all of it", "/x", False),
        ("Disallow /x", "/x", False),
        ("dissallow : /x", "/x", False),
        ("Disallow: /d\nAllow: /d/index.html", "/d/", True),
        ("Disallow: /d\nAllow: /d/index.html", "/d/e", False),
    ],
)
def test_the_longest_rule_decides(rules: str, path: str, verdict: bool):
    """Longest match, allow on a tie, stars, dollar, escapes, comments and misspellings."""
    assert allowed(f"User-agent: *\n{rules}\n", path) is verdict


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_groups_of_one_agent_are_merged_and_beat_the_star(end: str):
    """Our groups are one, whatever the case and the version behind the name; the star is then not for us."""
    lines = [
        "User-agent: *",
        "Disallow: /",
        "User-agent: other",
        "User-Agent: TuoBen/1.0",
        "Disallow: /a",
        "Sitemap: s",
    ]
    lines += ["User-agent: x", "Disallow: /c", "useragent:tuoben", "Disallow: /b"]
    text = end.join(lines)
    assert [allowed(text, path) for path in ("/", "/a", "/b", "/c")] == [True, False, False, True]
    assert not allowed(text, "/", "stranger")
    assert allowed(text, "/c", "other") and not allowed(text, "/a", "other")


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xef\xbb", b""])
def test_a_byte_order_mark_is_passed_over(mark: bytes):
    """The first line counts behind a byte order mark, whole or cut."""
    assert not allowed(mark + b"User-agent: *\nDisallow: /", "/x")


def test_other_lines_do_not_end_a_group():
    """Sitemap, delay and unknown lines between user-agent lines leave the group whole."""
    text = "User-agent: a\nSitemap: https://news.test/s.xml\nHost: x\nUser-agent: tuoben\nDisallow: /\n"
    assert not allowed(text, "/x") and not allowed(text, "/x", "a")


def test_sitemaps_and_delays_are_read():
    """Sitemap lines are listed once each; the delay is that of our group, else of the star."""
    text = "Crawl-delay: 99\nUser-agent: *\nCrawl-delay: 5\nDisallow: /x\nSitemap: https://n.test/s?a=1\n"
    text += "User-agent: tuoben\nCrawl-delay: .5\nCrawl-delay: 2\nCrawl-delay: soon\nCrawl-delay: -1\n"
    robots = Robots.parse((text + "SITEMAP:https://n.test/s?a=1\nsite-map: /t\n").encode())
    assert robots.sitemaps == ("https://n.test/s?a=1", "/t")
    assert robots.crawl_delay("tuoben") == 2
    assert robots.crawl_delay("other") == 5
    assert Robots.parse(b"").crawl_delay("tuoben") is None


def test_only_the_beginning_of_a_huge_file_is_read():
    """What stands behind 500 KiB is ignored."""
    head = b"User-agent: *\nDisallow: /a\n"
    filler = b"#" * (SIZE_LIMIT - len(head) - 1) + b"\n"
    text = head + filler + b"Disallow: /b\n"
    assert not allowed(text, "/a") and allowed(text, "/b")


@given(st.binary(max_size=300), st.text(max_size=40))
def test_nothing_makes_it_fail(body: bytes, path: str):
    """Any bytes are a robots.txt, any text is a URL to ask about."""
    robots = Robots.parse(body)
    assert robots.allowed(ME, path) in (True, False)
    robots.crawl_delay(ME)


@given(st.text(alphabet="ab*$/", max_size=12), st.text(alphabet="ab$/", max_size=16))
def test_patterns_match_as_the_regular_expression_would(pattern: str, target: str):
    """A pattern matches exactly what its translation to a regular expression matches."""
    anchored = pattern.endswith("$")
    body = pattern[:-1] if anchored else pattern
    regex = "".join(".*" if char == "*" else re.escape(char) for char in body) + ("" if not anchored else r"\Z")
    assert matches(pattern, target) == bool(re.match(regex, target, re.DOTALL))


def test_hostile_patterns_cost_little():
    """A file of patterns full of stars is decided in well under a second for a long URL."""
    body = b"User-agent: *\n" + b"".join(b"Disallow: /" + b"*a" * 30 + b"%d$\n" % n for n in range(3000))
    robots = Robots.parse(body)
    started = time.perf_counter()
    assert robots.allowed(ME, "https://n.test/" + "a" * 4000)
    assert time.perf_counter() - started < 1.0


def test_utf_16_is_read_and_digits_are_part_of_a_name():
    """A file in UTF-16 with its mark is read; "bot2" is an agent of its own."""
    text = "User-agent: bot2\nDisallow: /"
    assert not allowed(text.encode("utf-16"), "/x", "bot2")
    assert not allowed(text, "/x", "Bot2") and not allowed(text, "/x", "bot") and allowed(text, "/x", "bot3")


def test_many_rules_with_stars_forbid_more_never_less():
    """Of rules with stars beyond what is kept, and of stars beyond what one rule may have, what they forbid stays
    forbidden, also against an allow of the same kind; rules without stars are kept whatever their number."""
    stars = "".join(f"Disallow: /x*{n}\n" for n in range(WILDCARDS + 5))
    many = f"User-agent: *\nDisallow: /*{'*a' * (STARS + 9)}\nAllow: /y{'*b' * (STARS + 9)}\nDisallow: /y\n{stars}"
    robots = Robots.parse((many + "Allow: /x*open\n" + "".join(f"Disallow: /z{n}z\n" for n in range(9000))).encode())
    assert not robots.allowed(ME, "/" + "a" * (STARS + 9)) and robots.allowed(ME, "/" + "a" * (STARS - 2))
    assert not robots.allowed(ME, "/y" + "b" * 99)
    assert not robots.allowed(ME, "/x1/open") and not robots.allowed(ME, f"/x{WILDCARDS + 4}")
    assert not robots.allowed(ME, "/z8999z/") and robots.allowed(ME, "/z9000z/") and robots.allowed(ME, "/v")


def test_a_heap_of_agents_costs_little():
    """A group that names fifteen thousand agents and has twenty thousand rules is read in well under a second."""
    body = b"".join(b"User-agent: x%d\n" % n for n in range(15_000)) + b"User-agent: tuoben\n"
    body += b"".join(b"Disallow: /%d/\n" % n for n in range(20_000))
    started = time.perf_counter()
    assert not allowed(body, "/7/") and allowed(body, "/x/")
    assert time.perf_counter() - started < 1.0


@given(st.lists(st.tuples(st.booleans(), st.text(alphabet="ab*$/", min_size=1, max_size=8)), max_size=12),
       st.text(alphabet="ab$/", max_size=12))  # fmt: skip
def test_the_table_decides_as_the_list_would(rules: list[tuple[bool, str]], target: str):
    """Looked up or tried one after the other: the longest rule that matches decides, allow wins a tie."""
    text = "User-agent: *\n" + "".join(f"{'Allow' if allow else 'Disallow'}: {rule}\n" for allow, rule in rules)
    found = max([(len(rule), allow) for allow, rule in rules if matches(rule, "/" + target)], default=(0, True))
    assert allowed(text, "/" + target) is found[1]
