"""Gates: robots-google, urls-wpt, ssrf and http-responses-llhttp of ../shared/conformance."""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from loopback import Web
from tuoben import url as urls
from tuoben.errors import BadUrl, DnsError, FetchError, RefusedAddress
from tuoben.fetch import FetchLimits, fetch
from tuoben.fetch.robots import Robots
from tuoben.model import Exchange, Kind, Request
from tuoben.net import Door, refused

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("TUOBEN_SHARED") or HERE.parents[2] / "shared")
FLOORS = json.loads((HERE / "net.json").read_text())


def data(name: str):
    path = SHARED / "conformance" / name
    if not path.exists():
        pytest.skip(f"no conformance data: {path} is absent (set TUOBEN_SHARED)")
    return json.loads(path.read_text(encoding="utf-8"))


def test_robots_decisions_are_those_of_google():
    """At least the floor of google/robotstxt's decisions is taken, and all that RFC 9309 speaks of."""
    cases = data("robots-google/cases.json")
    wrong = []
    for case in cases:
        robots = Robots.parse(case["robots"].encode("utf-8", "surrogateescape"))
        if robots.allowed(case["agent"], case["url"]) != case["allowed"]:
            wrong.append(case)
    print(f"robots-google: {len(cases) - len(wrong)}/{len(cases)}")
    assert len(cases) - len(wrong) >= FLOORS["robots_google"], wrong[:3]
    assert not [case for case in wrong if not case["google_only"]]


def test_urls_are_read_as_the_web_platform_tests_say():
    """Every case of urltestdata.json parses to its href, or fails where it must."""
    cases = [case for case in data("urls-wpt/urltestdata.json") if isinstance(case, dict)]
    wrong = []
    for case in cases:
        parsed = urls.parse(case["input"], case["base"])
        if (parsed.href if parsed else None) != (None if case.get("failure") else case["href"]):
            wrong.append(case)
    print(f"urls-wpt: {len(cases) - len(wrong)}/{len(cases)}")
    assert len(cases) - len(wrong) >= FLOORS["urls_wpt"], wrong[:3]


def test_hosts_become_ascii_as_the_web_platform_tests_say():
    """Every case of toascii.json gives its host, or fails where it must."""
    cases = [case for case in data("urls-wpt/toascii.json") if isinstance(case, dict)]
    wrong = []
    for case in cases:
        parsed = urls.parse(f"https://{case['input']}/x")
        if (parsed.hostname if parsed else None) != case["output"]:
            wrong.append(case)
    print(f"toascii: {len(cases) - len(wrong)}/{len(cases)}")
    assert len(cases) - len(wrong) >= FLOORS["toascii"], wrong[:3]


def ask(texts: list[str]) -> list[FetchError | None]:
    """The error of fetching each URL through a door without exemptions, None when it got an answer."""

    async def run() -> list[FetchError | None]:
        found: list[FetchError | None] = []
        async with Door() as door:
            for text in texts:
                try:
                    target = urls.resolve("", text) or urls.fetchable(text)
                    limits = FetchLimits(total=3, connect=2)
                    await fetch(Request(url=target, kind=Kind.PAGE), door, limits=limits)
                    found.append(None)
                except FetchError as error:
                    found.append(error)
        return found

    return asyncio.run(run())


def test_addresses_inside_are_never_connected_to():
    """Every URL of refuse.json that can be asked directly is refused by address or as a URL, none gets an answer."""
    rows = [row for row in data("ssrf/refuse.json") if row["class"] not in ("dns", "redirect", "parser-difference")]
    answers = ask([row["url"] for row in rows])
    missed = [
        (row["url"], error)
        for row, error in zip(rows, answers, strict=True)
        # A name that only exists inside some cloud has no address here; then nothing is connected to either.
        if not isinstance(error, (RefusedAddress, BadUrl) + ((DnsError,) if row["class"] != "port" else ()))
        and not (row["class"] == "port" and isinstance(error, DnsError))
    ]
    print(f"ssrf refuse: {len(rows) - len(missed)}/{len(rows)}")
    assert not missed


def test_one_parser_decides_which_host_is_meant():
    """A URL that parsers read differently leads to a refusal, or to the host that WHATWG sees, never to the other."""
    for row in data("ssrf/refuse.json"):
        if row["class"] != "parser-difference":
            continue
        target = urls.resolve("", row["url"])
        parsed = urls.parse(target) if target else None
        if parsed is None or refused(parsed.hostname.strip("[]")) not in ("", "is not an IP address"):
            continue
        assert parsed.hostname == "example.com", row


def test_names_that_answer_with_inside_addresses_are_refused():
    """The A and AAAA answers of the dns rows are all refused as addresses."""
    answers = [
        ip
        for row in data("ssrf/refuse.json")
        if row["class"] == "dns"
        for ip in re.findall(r"[0-9a-f.:]*[.:][0-9a-f.:]+", row["url"].split(" ", 2)[2])
        if ip != "93.184.216.34"
    ]
    assert len(answers) >= 5
    assert not [ip for ip in answers if not refused(ip)]


def test_public_addresses_are_not_refused():
    """No row of accept.json is refused: each is a URL, and its address, when it is one, is public."""
    for row in data("ssrf/accept.json"):
        target = urls.resolve("", row.split(" (")[0])
        assert target is not None, row
        parsed = urls.parse(target)
        assert parsed is not None and not parsed.credentials
        assert refused(parsed.hostname.strip("[]")) in ("", "is not an IP address"), row


def responses(text: str) -> list[tuple[str, bytes]]:
    """Title and raw bytes of each ```http block of llhttp's markdown (its README says how lines end)."""
    found = []
    for title, comment, block in re.findall(
        r"#+ ([^\n]+)\n(?:(?!\n#).)*?(<!--.*?-->)?\s*```http\n(.*?)```", text, re.DOTALL
    ):
        raw = block.replace("\\\n", "\0")
        raw = raw if "noScan" in comment else raw.replace("\n", "\r\n")
        for escape, char in (("\\r", "\r"), ("\\n", "\n"), ("\\t", "\t"), ("\\f", "\f"), ('\\"', '"'), ("\0", "")):
            raw = raw.replace(escape, char)
        raw = re.sub(r"\\x([0-9a-fA-F]{2})", lambda match: chr(int(match[1], 16)), raw)
        found.append((title, raw.encode("latin-1")))
    return found


def test_odd_responses_are_stored_as_they_came_or_refused():
    """Every response of llhttp's tests ends in time, and what is kept of it is byte for byte what came."""
    folder = SHARED / "conformance" / "http-responses-llhttp"
    if not folder.exists():
        pytest.skip(f"no conformance data: {folder} is absent (set TUOBEN_SHARED)")
    cases = [case for path in sorted(folder.glob("*.md")) for case in responses(path.read_text(encoding="utf-8"))]
    limits = FetchLimits(total=3, stall=0.5, first_byte=0.5)

    async def run(web: Web) -> list[Exchange | FetchError]:
        answers: list[Exchange | FetchError] = []
        async with web.door() as door:
            for number, (_, raw) in enumerate(cases):
                web.host("odd.test").raw(f"/{number}", raw)
                try:
                    request = Request(url=f"http://odd.test/{number}", kind=Kind.PAGE)
                    answers.append(await fetch(request, door, limits=limits))
                except FetchError as error:
                    answers.append(error)
        return answers

    with Web() as web:
        answers = asyncio.run(run(web))
    kept = 0
    for (title, raw), answer in zip(cases, answers, strict=True):
        if isinstance(answer, Exchange):
            kept += 1
            assert answer.response_head in raw, title
            rest = raw[raw.index(answer.response_head) + len(answer.response_head) :]
            chunked = "chunked" in answer.header("Transfer-Encoding").lower()
            assert chunked or rest.startswith(answer.body), title
    print(f"llhttp responses: {kept} kept, {len(cases) - kept} refused of {len(cases)}")
    assert len(cases) >= 40 and kept >= FLOORS["llhttp_kept"]
