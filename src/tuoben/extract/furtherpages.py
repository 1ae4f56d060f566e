"""The further pages of an article that is divided over several URLs, as the page links them."""

from __future__ import annotations

import re
from typing import Final

from tuoben import url as urls
from tuoben.extract.element import Element
from tuoben.extract.tree import Tree
from tuoben.model import Page

MOST: Final = 60
"""Articles with more pages than this are lists."""
_PAGE_QUERY: Final = re.compile(r"(?:^|[?&])(?:page|p|pn|pageno)=(\d{1,2})(?:&|$)")
_OWN_NUMBER: Final = re.compile(r"[_-](\d{1,2})(\.\w{3,5})$|[/_-]p(?:age)?[/_-]?(\d{1,2})/?$")
_EXTENSION: Final = re.compile(r"\.\w{3,5}$")
_NEXT: Final = re.compile(r"[\W_]*(?:下一?[页頁]|后一?页|next(?: page)?|次の?ページ(?:へ)?|次へ|다음)[\W_]*", re.I)
_WHOLE: Final = re.compile(
    r"[\W_]*(?:(?:阅读|閱讀|查看|显示|顯示|展开|浏览|瀏覽|在本页|单页|單頁)?(?:全文|全部内容|全部內容)(?:阅读|閱讀|显示|顯示)?|"
    r"单页阅读|單頁閱讀|"
    r"(?:view|read|show)\s+(?:all|as (?:a )?single page|(?:on )?one page|(?:the )?full (?:article|story|text))|"
    r"single page|全文表示|全文を読む)[\W_]*",
    re.I,
)
"""Words of a link to the article on one page."""
_ID_QUERY: Final = re.compile(r"(?:p|page|pn|pageno)=\d+", re.I)
_SCRIPT: Final = re.compile(r"/(?:[^/]*\.(?:php|aspx?|jsp|cgi|do))?$", re.I)
_NUMBERED: Final = re.compile(r"(?:[_-]|/|/p(?:age)?[/_-]?)(\d{1,2})(?:\.\w{3,5})?/?$")
"""What stands behind this page's own path in that of a further page."""
_DIGIT: Final = re.compile(r"\d")
_BACK: Final = re.compile(r"[\W_]*(?:首[页頁]|上一?[页頁]|前一?[页頁]|first|prev(?:ious)?(?: page)?|1)[\W_]*", re.I)
_PAGER: Final = re.compile(r"[\W_]*(?:第|page|p|seite)?\s*\d{1,2}\s*(?:[页頁]|of \d+)?[\W_]*", re.I)


def next_pages(page: Page, tree: Tree, *, announced: bool = False) -> tuple[str, ...]:
    """The further pages of the same article, in order: numbered variants of this URL that the page links, rel=next.

    A link from the first page to the article on one page (全文, view all) comes before them. `announced`: a listing
    named this URL as an article's; a number that is all its query says is then its id, not a page's.

    Sites count from x.html, x_2.html or from x.html, x_1.html: a link to number 1 is the second page when this URL has
    no number and the link does not call itself the first. From a URL that is numbered itself only a pager's own links
    count (2, 下一页), since ids of other stories look the same.
    """
    mine = urls.parse(page.url)
    if mine is None:
        return ()
    own = _OWN_NUMBER.search(mine.path)
    at = int(own[1] or own[3]) if own else _number(_PAGE_QUERY.search(mine.query))
    stem = mine.path[: own.start()] if own else _EXTENSION.sub("", mine.path).rstrip("/")
    identified = announced and _ID_QUERY.fullmatch(mine.query) and _SCRIPT.search(mine.path)
    if not stem.strip("/") or identified:
        return ()
    found: dict[str, int] = {}
    name = stem.rsplit("/", 1)[-1]
    for reference, text, told in _references(tree, name):
        target = urls.resolve(page.url, reference)
        other = urls.parse(target) if target else None
        if target is None or other is None or other.host != mine.host or target == mine.href:
            continue
        numbered = _NUMBERED.match(other.path, len(stem)) if other.path.startswith(stem) else None
        match = numbered or (_PAGE_QUERY.search(other.query) if other.path == mine.path else None)
        number = _number(match) if match else at + 1 if told and other.path == mine.path else 0
        onward = told or _NEXT.fullmatch(text) is not None
        if number == 1 and not onward and (at or match is None or match.re is _PAGE_QUERY or _BACK.fullmatch(text)):
            continue
        if own and not onward and not _PAGER.fullmatch(text):
            continue
        if max(at, 0) < number <= MOST:
            found.setdefault(target, number)
    pages = sorted(found, key=lambda target: found[target])
    whole = _whole(page, tree, mine, stem) if at <= 1 and pages else ""
    return tuple(dict.fromkeys([whole, *pages] if whole else pages))


def _whole(page: Page, tree: Tree, mine: urls.Url, stem: str) -> str:
    """The address of the same article on one page, when this page links it in so many words; else ""."""
    for element in tree.by_tag.get("a", []):
        href = element.get("href")
        if not href or len(href) > 600 or not _WHOLE.fullmatch(_text(tree, element)):
            continue
        target = urls.resolve(page.url, href)
        other = urls.parse(target) if target else None
        if target is None or other is None or other.host != mine.host or target == mine.href:
            continue
        if _EXTENSION.sub("", other.path).startswith(stem):
            return target
    return ""


def _number(match: re.Match[str] | None) -> int:
    return int(match[1]) if match else 0


def _references(tree: Tree, name: str) -> list[tuple[str, str, bool]]:
    """(reference, text, whether it is announced as next) of the links that may lead to a further page: those that hold
    this page's own name (its last path segment without number and extension), or only a query or a number."""
    found = [(attrs.get("href") or "", "", True) for attrs in tree.links if (attrs.get("rel") or "").lower() == "next"]
    for element in tree.by_tag.get("a", []):
        href = element.get("href")
        if not href or len(href) > 600 or (name not in href and href[:1] != "?" and len(href) > 3):
            continue
        if _DIGIT.search(href, max(0, len(href) - 14)) and href[:1] != "#":
            found.append((href, _text(tree, element), element.get("rel").lower() == "next"))
    return found


def _text(tree: Tree, element: Element) -> str:
    return tree.text_of(element)[:40] if element.end > element.start else ""
