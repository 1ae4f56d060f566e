"""The HTML of the fictional sites: each publisher's own templates and mark-up, filled in."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape
from string import Template
from typing import Any

from tuoben.demo.content import Block, Publisher
from tuoben.demo.newsroom import Newsroom, Story

_RELATED = 6


def article(room: Newsroom, story: Story, page: int = 1) -> str:
    """One page of an article, counted from 1."""
    publisher = story.publisher
    fields = _fields(room, story)
    parts = [_lines(publisher, "before", fields)] if page == 1 else []
    lead = _fill(publisher.markup.get("lead", ""), fields) if page == 1 else ""
    for block in story.pages[page - 1]:
        if lead and block.kind == "text":
            block, lead = Block(kind="text", text=lead + block.text), ""
        parts.append(_block(room, story, block))
    if page == len(story.pages):
        parts.append(_lines(publisher, "tail", fields))
    others = [other for other in room.stories(publisher.name) if other.entry.id != story.entry.id][:_RELATED]
    fields |= {
        "body": "\n".join(parts),
        "pager": _pager(room, story, page),
        "related": _items(room, others, "related"),
        "breadcrumb": escape(publisher.categories[story.entry.category]),
    }
    return Template(publisher.templates["article.html"]).substitute(_chrome(room, publisher) | fields)


def section(room: Newsroom, publisher: Publisher, category: str = "") -> str:
    """A section page, or the home page when the category is ""."""
    stories = [story for story in room.stories(publisher.name) if category in ("", story.entry.category)]
    fields = {
        "heading": escape(publisher.categories.get(category, publisher.title)),
        "items": _items(room, stories, "item"),
        "feeds": _announced(room, publisher),
    }
    return Template(publisher.templates["list.html"]).substitute(_chrome(room, publisher) | fields)


def body_html(room: Newsroom, story: Story) -> str:
    """The whole body, as feeds carry it."""
    return "\n".join(_block(room, story, block) for page in story.pages for block in page)


def section_path(publisher: Publisher, category: str) -> str:
    """The path of a section page."""
    return Template(publisher.section).substitute(section=category)


def _fill(template: str, fields: dict[str, str]) -> str:
    """The template with its fields, "" when one of them is empty."""
    wanted = Template(template).get_identifiers()
    return Template(template).substitute(fields) if all(fields[name] for name in wanted) else ""


def _lines(publisher: Publisher, name: str, fields: dict[str, str]) -> str:
    """The lines before or behind a body that have something to say."""
    return "\n".join(line for template in publisher.markup.get(name, []) if (line := _fill(template, fields)))


def _block(room: Newsroom, story: Story, block: Block) -> str:
    markup = story.publisher.markup
    if block.kind == "image":
        name = "figure" if block.caption else "image"
        alt = story.headline if block.text == "=" else block.text
        source = room.picture(story.publisher, block.scene)
        return Template(markup[name]).substitute(src=source, alt=escape(alt), caption=escape(block.caption))
    if block.kind == "list":
        return f"<ul>{''.join(f'<li>{escape(item)}</li>' for (item,) in block.rows)}</ul>"
    if block.kind == "table":
        return _table(block)
    return Template(markup.get(block.kind, "<p>$text</p>")).substitute(text=escape(block.text))


def _table(block: Block) -> str:
    head, *rows = block.rows
    lines = [f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>"]
    lines += [f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows]
    return f"<table>{''.join(lines)}</table>"


def _times(name: str, time: datetime | None) -> dict[str, str]:
    """A time in the ways that news sites write one; all "" when there is none."""
    forms = {
        "day": "%Y-%m-%d",
        "minute": "%Y-%m-%d %H:%M",
        "second": "%Y-%m-%d %H:%M:%S",
        "cn": "%Y年%m月%d日 %H:%M",
        "cn_day": "%Y年%m月%d日",
        "en": "%d %B %Y, %H:%M",
    }
    fields = {f"{name}_{form}": time.strftime(pattern) if time else "" for form, pattern in forms.items()}
    return fields | {f"{name}_iso": time.isoformat() if time else ""}


def _fields(room: Newsroom, story: Story) -> dict[str, str]:
    publisher, entry, original = story.publisher, story.entry, story.original
    chinese = publisher.lang.startswith("zh")
    joiner = " " if chinese else ", "
    noarchive = '<meta name="robots" content="noarchive">' if entry.noarchive else ""
    texts = {
        "title": story.headline,
        "headline": story.title,
        "column": entry.column,
        "summary": story.summary,
        "source": story.source,
        "reporter": joiner.join(entry.authors),
        "photographer": joiner.join(entry.photographers),
        "editor": joiner.join(entry.editors),
        "place": entry.place,
        "original": original.publisher.title if original else "",
        "original_title": original.headline if original and entry.original_title else "",
        "url": room.origin(publisher) + story.path(),
        "id": str(entry.id),
        "category": publisher.categories[entry.category],
        "category_url": section_path(publisher, entry.category),
    }
    fields = {name: escape(value) for name, value in texts.items()}
    fields |= _times("published", story.published) | _times("updated", story.modified)
    return fields | {"robots": noarchive, "ld": _json_ld(room, story)}


def _json_ld(room: Newsroom, story: Story) -> str:
    publisher = story.publisher
    scenes = [block.scene for page in story.pages for block in page if block.kind == "image"]
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.headline,
        "datePublished": story.published.isoformat(),
        "author": [{"@type": "Person", "name": name} for name in story.entry.authors],
        "publisher": {"@type": "NewsMediaOrganization", "name": publisher.title},
        "articleSection": publisher.categories[story.entry.category],
        "mainEntityOfPage": room.origin(publisher) + story.path(),
    }
    if story.modified:
        told["dateModified"] = story.modified.isoformat()
    if scenes:
        told["image"] = [room.picture(publisher, scene) for scene in scenes]
    return json.dumps(told, ensure_ascii=False).replace("</", "<\\/")


def _pager(room: Newsroom, story: Story, page: int) -> str:
    """Links to the pages of an article that has several."""
    if len(story.pages) == 1:
        return ""
    links = []
    for number in range(1, len(story.pages) + 1):
        links.append(f"<b>{number}</b>" if number == page else f'<a href="{story.path(number)}">{number}</a>')
    if page > 1:
        links.insert(0, f'<a href="{story.path(page - 1)}">上一页</a>')
    if page < len(story.pages):
        links.append(f'<a class="next" href="{story.path(page + 1)}">下一页</a>')
    return f'<div class="pages">{" ".join(links)}</div>'


def _items(room: Newsroom, stories: list[Story], template: str) -> str:
    lines = []
    for story in stories:
        scene = next((block.scene for page in story.pages for block in page if block.kind == "image"), "")
        picture = f'<img src="{room.picture(story.publisher, scene)}" alt="">' if scene else ""
        fields = {
            "url": story.path(),
            "title": escape(story.headline),
            "summary": escape(story.summary),
            "picture": picture,
            "category": escape(story.publisher.categories[story.entry.category]),
        }
        lines.append(Template(story.publisher.markup[template]).substitute(fields | _times("at", story.published)))
    return "\n".join(lines)


def _announced(room: Newsroom, publisher: Publisher) -> str:
    """The rel=alternate links of the publisher's feeds."""
    types = {
        "rss": "application/rss+xml",
        "rdf": "application/rss+xml",
        "atom": "application/atom+xml",
        "json": "application/feed+json",
    }
    return "\n".join(
        f'<link rel="alternate" type="{types[listing.kind]}" title="{escape(publisher.title)}" href="{listing.path}">'
        for listing in publisher.listings
        if listing.kind in types
    )


def _chrome(room: Newsroom, publisher: Publisher) -> dict[str, str]:
    """What stands on every page of a site."""
    nav = "".join(
        f'<li><a href="{section_path(publisher, key)}">{escape(name)}</a></li>'
        for key, name in publisher.categories.items()
    )
    return {"site": escape(publisher.title), "tagline": escape(publisher.tagline), "nav": nav, "home": "/"}
