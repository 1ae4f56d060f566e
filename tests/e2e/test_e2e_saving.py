"""What accounts may do, in a real browser, without scripts of ours or a page's: sign in, give an address to save and see
how far it is; put the category of an article right."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error, Page

if TYPE_CHECKING:
    from conftest import Site

pytestmark = pytest.mark.e2e
PASSWORD = "correct horse battery"


def added(site: Site) -> str:
    """The name of a new account."""
    name = f"bianji{uuid.uuid4().hex[:8]}"
    call = [sys.executable, "-m", "tuoben", "user", "add", name]
    subprocess.run(call, env=site.environment, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True)
    return name


def looked_at(page: Page, axe: Callable[[Page], list[str]]) -> None:
    """axe-core finds nothing, and nothing has to be scrolled sideways; a page that reloads itself is looked at again."""
    for attempt in range(5):
        try:
            found, wide = axe(page), page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        except Error:
            if attempt == 4:
                raise
            page.wait_for_load_state("load")
        else:
            assert found == [] and not wide
            return


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_saving_a_page(
    phone: bool,
    dark: bool,
    site: Site,
    open_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    validate_html: Callable[[str], list[str]],
    shot: Callable[[Page, str], None],
) -> None:
    """Form, progress and the sentence why not are valid, accessible pages at both widths in both colour schemes; the
    way through them ends at the snapshot."""
    name = added(site)
    kind = f"{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"
    page = open_page(f"{site.app}/save/", phone=phone, dark=dark, scripts=True)
    assert page.url.endswith("/login/?next=/save/")
    page.fill("#name", name)
    page.fill("#password", "wrong password here")
    page.click("form.sheet button")
    shot(page, f"sign-in-wrong-{kind}")
    page.fill("#password", PASSWORD)
    page.click("form.sheet button")
    page.wait_for_url("**/save/")
    shot(page, f"save-{kind}")
    looked_at(page, axe)
    assert validate_html(page.context.request.get(f"{site.app}/save/").text()) == []
    address = site.models["interview"].url
    page.fill("#url", address)
    page.click("form.sheet button >> nth=0")
    page.wait_for_url(re.compile(r"/save/[\w-]+/|/a/\w+/"))
    if "/save/" in page.url:
        shot(page, f"saving-{kind}")
        answer = page.context.request.get(page.url)
        assert "/a/" in answer.url or (validate_html(answer.text()) == [] and answer.headers["refresh"] == "2")
        looked_at(page, axe)
        (row,) = site.run("save", address)["saved"]
        assert row["state"] == "saved", row
        page.wait_for_url(re.compile(r"/a/\w+/\d{14}/"), timeout=30_000)
    assert site.models["interview"].title in page.locator("h1").inner_text()
    site.run("save", site.demo.sources[0].rstrip("/") + "/no/such/page.html")
    page.goto(f"{site.app}/save/")
    page.fill("#url", site.demo.sources[0].rstrip("/") + "/no/such/page.html")
    page.click("form.sheet button >> nth=0")
    page.wait_for_url(re.compile(r"/save/[\w-]+/"))
    site.run("save", site.demo.sources[0].rstrip("/") + "/no/such/page.html")
    page.goto(page.url)
    shot(page, f"not-saved-{kind}")
    assert "404" in page.locator("main").inner_text()
    looked_at(page, axe)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_putting_a_category_right(
    phone: bool,
    dark: bool,
    site: Site,
    open_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    validate_html: Callable[[str], list[str]],
    shot: Callable[[Page, str], None],
) -> None:
    """The form and its correction are valid, accessible pages; what was put right can be taken back."""
    address = f"{site.app}{site.article(site.models['interview'])}category/"
    page = open_page(address, phone=phone, dark=dark, scripts=True)
    page.fill("#name", added(site))
    page.fill("#password", PASSWORD)
    page.click("form.sheet button")
    page.wait_for_url(address)
    before = page.input_value("#category")
    for wanted in ("地方新闻", None):
        looked_at(page, axe)
        assert validate_html(page.context.request.get(address).text()) == []
        shot(page, f"category-{'corrected' if wanted is None else 'form'}-{'phone' if phone else 'desktop'}-{dark}")
        if wanted is None:
            page.click("button[name=undo]")
        else:
            page.fill("#category", wanted)
            page.click("form.sheet button >> nth=0")
        page.wait_for_url(lambda url: not url.endswith("/category/"))
        page.goto(address)
        assert page.input_value("#category") == (wanted or before)
