"""The command line: reads the call, names the data directory, and hands over to one function of `tuoben.commands`.

Exit codes: 0 done; 1 done, and something is wrong (named); 2 the call is wrong. Errors are one plain sentence on
stderr. The commands import Django's models, so their modules are loaded after `django.setup()`: the one late import.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import django
from django.db import DatabaseError, connections

from tuoben import __version__
from tuoben.errors import TuobenError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    try:
        call = parser().parse_args(argv)
    except SystemExit as stop:
        return int(stop.code or 0)
    if call.data:
        os.environ["TUOBEN_DATA"] = call.data
    elif hasattr(call, "own_data"):
        os.environ.setdefault("TUOBEN_DATA", f"{call.own_data}/{datetime.now():%Y%m%d-%H%M%S}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuoben.settings")
    try:
        if call.rows:
            django.setup()
        module, _, function = call.run.partition(":")
        try:
            return int(getattr(importlib.import_module(f"tuoben.commands.{module}"), function)(call) or 0)
        finally:
            if call.rows:
                _leave_rows()
    except TuobenError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        print("tuoben: stopped; what was acknowledged is kept.", file=sys.stderr)  # noqa: T201
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except DatabaseError as error:
        return _failed(f"The rows in {os.environ.get('TUOBEN_DATA', 'data')} cannot be read or written ({error}).", 1)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _failed(f"The system refuses: {place}{error.strerror or error}.", 1)


def _leave_rows() -> None:
    """Close the connections of this thread: the last one to leave a database clears its write-ahead log away."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _failed(sentence: str, code: int = 2) -> int:
    print(f"tuoben: {sentence}", file=sys.stderr)  # noqa: T201 the one place that speaks of errors
    return code


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    parser = argparse.ArgumentParser(
        prog="tuoben", description="Collects news and keeps a faithful copy of every article."
    )
    parser.add_argument("--version", action="version", version=f"tuoben {__version__}")
    parser.add_argument("--data", metavar="DIR", help="the data directory (default: TUOBEN_DATA, else ./data)")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for add in (_serving, _collecting, _finding, _categories, _keeping, _accounts):
        add(commands)
    return parser


def _command(
    commands: Any,  # noqa: ANN401 argparse's type is private
    name: str,
    run: str,
    text: str,
    *,
    rows: bool = True,
    json: bool = True,
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run, rows=rows)
    parser.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the data directory")
    if json:
        parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def _serving(commands: Any) -> None:  # noqa: ANN401
    serve = _command(commands, "serve", "serve:serve", "collect and show: web and worker in one command", json=False)
    demo = _command(commands, "demo", "demo:demo", "fictional publishers, collected live and shown", json=False)
    demo.set_defaults(own_data="demo-data")
    web = _command(commands, "web", "serve:web", "show only", json=False)
    serve.add_argument("--workers", type=int, metavar="N", default=0, help="processes that collect (default 1)")
    for parser in (serve, demo, web):
        parser.add_argument("--listen", metavar="HOST:PORT", help="address of the pages (default 127.0.0.1:8000)")
        parser.add_argument(
            "--replay-listen", metavar="HOST:PORT", help="address of the replay origin (default …:8001)"
        )
    _command(commands, "worker", "serve:worker", "collect only", json=False)


def _accounts(commands: Any) -> None:  # noqa: ANN401
    user = commands.add_parser("user", help="the accounts of people who may have pages saved on the web")
    user.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the data directory")
    verbs = user.add_subparsers(title="what to do", metavar="VERB", required=True)
    for verb, text in (
        ("add", "make an account, or give it another password (asked for, or the first line of stdin)"),
        ("remove", "take an account away"),
    ):
        _command(verbs, verb, f"users:user_{verb}", text).add_argument("name", metavar="NAME")
    _command(verbs, "list", "users:user_list", "all accounts")


def _collecting(commands: Any) -> None:  # noqa: ANN401
    source = commands.add_parser("source", help="the publishers that are collected from")
    source.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the data directory")
    verbs = source.add_subparsers(title="what to do", metavar="VERB", required=True)
    add = _command(verbs, "add", "collect:source_add", "find the listings of sites and collect from them")
    add.add_argument("urls", metavar="URL", nargs="*")
    add.add_argument("--opml", metavar="FILE", help="the feeds of an OPML file, as they are")
    add.add_argument("--name", help="the name shown (default: what the site calls itself)")
    add.add_argument("--category", default="", help="category of articles that name none")
    add.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="a setting, as source set takes it"
    )
    settings = _command(verbs, "set", "source_set:source_set", "say how a source is collected from")
    settings.add_argument("source", metavar="SOURCE", help="id or URL")
    settings.add_argument("settings", metavar="KEY=VALUE", nargs="+", help="include, exclude, delay, proxy, …")
    shown = _command(verbs, "list", "source_rows:source_list", "all sources")
    shown.add_argument("--opml", action="store_true", help="as an OPML file")
    for verb, text in (
        ("show", "one source with its listings"),
        ("check", "visit a source's listings now and say what is wrong; or why a URL was not captured"),
        ("pause", "stop asking a source"),
        ("resume", "ask a paused source again"),
        ("remove", "forget a source; its articles stay"),
    ):
        module = "collect" if verb == "check" else "source_rows"
        added = _command(verbs, verb, f"{module}:source_{verb}", text)
        added.add_argument("source", metavar="SOURCE", help="id or URL")
    crawl = _command(commands, "crawl", "collect:crawl", "collect what is due")
    crawl.add_argument("--once", action="store_true", help="stop when nothing is due any more")
    crawl.add_argument("--history", action="store_true", help="with --once: the past of sources, too, to its end")
    crawl.add_argument("--source", metavar="S", help="only the listings of this source")
    crawl.add_argument("--jsonl", action="store_true", help="one line for each capture, once it is durable")
    _history(commands)
    save = _command(commands, "save", "saving:save", "have pages captured now, with what they show")
    save.add_argument("urls", metavar="URL", nargs="+")
    bring = _command(commands, "import", "imports:import_files", "take in WARC, ARC and WACZ files of any origin")
    bring.add_argument("files", metavar="FILE", nargs="+", help="plain, gzip or zstd")
    extract = _command(
        commands, "extract", "extract:extract_page", "read one page (or many) without storing it", rows=False
    )
    extract.add_argument("file", metavar="FILE", nargs="?", default="-", help="a page as received; - is stdin")
    extract.add_argument("--url", default="", help="the address of the page")
    extract.add_argument(
        "--jsonl", action="store_true", help='rows {"id","url","path"} on stdin, one article a line on stdout'
    )
    extract.add_argument("--no-site-rules", action="store_true", help="general rules only")
    extract.add_argument("--site-rules", metavar="FILE", help="the rules of this file instead of those shipped")
    form = extract.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print the article as Markdown")
    form.add_argument("--html", action="store_true", help="print the article as clean HTML")
    _site_rules(commands)


def _history(commands: Any) -> None:  # noqa: ANN401
    history = commands.add_parser("history", help="the past of a source: what its archives hold")
    history.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the data directory")
    verbs = history.add_subparsers(title="what to do", metavar="VERB", required=True)
    for verb, text in (
        ("begin", "collect the past of a source, behind all that is new"),
        ("show", "how far back it is collected"),
        ("stop", "let it rest"),
        ("resume", "go on, with pages that failed"),
    ):
        added = _command(verbs, verb, f"history:history_{verb}", text)
        added.add_argument("source", metavar="SOURCE", help="id, URL or name")
        if verb == "begin":
            added.add_argument(
                "--template",
                metavar="URL",
                default="",
                help="date pages: https://…/{yyyy}/{mm}/{dd}/ ({n}: pages of a day)",
            )
            added.add_argument("--from", dest="since", metavar="DATE", help="the first day, YYYY-MM-DD")
            added.add_argument("--to", dest="until", metavar="DATE", help="the last day (default: yesterday)")


def _site_rules(commands: Any) -> None:  # noqa: ANN401
    rule = commands.add_parser("rule", help="site rules: what general rules cannot know of one site")
    rule.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the data directory")
    verbs = rule.add_subparsers(title="what to do", metavar="VERB", required=True)
    write = _command(verbs, "write", "siterules:write", "draft a rule from three stored articles", json=False)
    write.add_argument("ids", metavar="ID|URL", nargs="+")
    write.add_argument("-o", "--output", metavar="FILE", help="write it there instead of stdout")
    check = _command(verbs, "check", "siterules:check", "see whether rules still hold on what is stored")
    check.add_argument("files", metavar="FILE", nargs="*", help="these rule files (default: all in use)")


def _categories(commands: Any) -> None:  # noqa: ANN401
    category = commands.add_parser("category", help="what category articles have, and who says so")
    category.add_argument("--data", metavar="DIR", default=argparse.SUPPRESS, help="the data directory")
    verbs = category.add_subparsers(title="what to do", metavar="VERB", required=True)
    _command(verbs, "list", "category:listed", "all categories")
    train = _command(verbs, "train", "category:train", "learn from the archive's own articles to sort the others")
    train.add_argument("--most", type=int, default=20_000, metavar="N", help="learn from so many at most")
    seen = _command(verbs, "sections", "category:sections", "what a source calls its sections")
    seen.add_argument("source", metavar="SOURCE", help="id or URL")
    put = _command(verbs, "map", "category:map_section", "say what category a section of a source is")
    put.add_argument("source", metavar="SOURCE", help="id or URL")
    put.add_argument("section", metavar="SECTION", help="as `category sections` shows it")
    put.add_argument("category", metavar="CATEGORY", nargs="?", default="", help="none: as its pages say, again")
    fix = _command(verbs, "set", "category:correct", "say what category one article is")
    fix.add_argument("id", metavar="ID|URL")
    fix.add_argument("category", metavar="CATEGORY", nargs="?", help="none: as the page says, again")


def _filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--category")
    parser.add_argument("--source", help="id of a source, or 来源 as credited")
    parser.add_argument("--since", metavar="DATE", help="YYYY, YYYY-MM or YYYY-MM-DD")
    parser.add_argument("--until", metavar="DATE")
    parser.add_argument("--as-of", metavar="DATE", help="what the archive held at the end of that day")


def _finding(commands: Any) -> None:  # noqa: ANN401
    search = _command(commands, "search", "find:search", "find articles")
    search.add_argument("query", metavar="QUERY", nargs="+")
    _filters(search)
    search.add_argument("--sort", choices=("relevance", "newest"), default="relevance")
    search.add_argument("--limit", type=int, default=20)
    _command(commands, "show", "find:show", "one article").add_argument("id", metavar="ID|URL")
    related = _command(commands, "related", "find:related", "articles related to one")
    related.add_argument("id", metavar="ID")
    related.add_argument("--limit", type=int, default=9)
    _command(commands, "reprints", "find:reprints", "the same text at other sources").add_argument("id", metavar="ID")
    _command(commands, "revisions", "find:revisions", "the states of one article").add_argument("id", metavar="ID")


def _keeping(commands: Any) -> None:  # noqa: ANN401
    verify = _command(commands, "verify", "keep:verify", "check every record of the archive")
    verify.add_argument("ids", metavar="ID", nargs="*", help="only the captures of these articles")
    proof = _command(commands, "proof", "prove:proof", "what shows a stranger that a record was held unchanged")
    proof.add_argument("id", metavar="ID|URL", help="an article (its newest snapshot), or the record id of a capture")
    proof.add_argument("-o", "--output", metavar="DIR", required=True, help="a new folder for the files")
    proof.add_argument("--known", metavar="FILE", help="a checkpoint that you kept: show that the log extends it")
    export = _command(commands, "export", "export:export", "snapshots as one WACZ file, proofs inside")
    export.add_argument("--wacz", metavar="FILE", required=True, help="the new file")
    export.add_argument("query", metavar="QUERY", nargs="*", help="an article (id or URL), or what to search for")
    _filters(export)
    rebuild = _command(commands, "rebuild", "keep:rebuild", "make rows and index anew from the archive")
    which = rebuild.add_mutually_exclusive_group()
    which.add_argument("--index", action="store_true", help="the search index only")
    which.add_argument("--rows", dest="rows_only", action="store_true", help="the rows only")
    again = _command(
        commands, "re-extract", "reextract:re_extract", "read what is stored again, by the present extractor"
    )
    again.add_argument("ids", metavar="ID|URL", nargs="*", help="only these (default: all that another one read)")
    again.add_argument("--apply", action="store_true", help="let the archive say it (default: only show it)")
    again.add_argument("--source", metavar="S", help="only articles of this source")
    again.add_argument("--sample", type=int, default=0, metavar="N", help="only so many of them, taken evenly")
    again.add_argument("--all", action="store_true", help="those of the present extractor too")
    hide = _command(commands, "hide", "keep:hide", "show an article nowhere any more; its bytes stay")
    hide.add_argument("id", metavar="ID")
    hide.add_argument("--reason", default="", metavar="R")
