"""The interface's texts: written in Chinese in templates and code, translated in locale/*/LC_MESSAGES/django.po.

English is written by people. Traditional Chinese is made from the texts by OpenCC (s2twp: with the words of Taiwan), and
by TRADITIONAL where that was read over and found wrong.

`python tests/web/messages.py` brings the .po up to date and compiles the .mo beside it (Babel; no gettext needed).
"""

from __future__ import annotations

import io
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import django
import opencc
from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

WEB = Path(__file__).parents[2] / "src/tuoben/web"
PO = WEB / "locale/en/LC_MESSAGES/django.po"
HANT = WEB / "locale/zh_Hant/LC_MESSAGES/django.po"
_convert = opencc.OpenCC("s2twp").convert
TRADITIONAL = {
    "资讯信息": "資訊",
    "发布": "發布",
    "查找": "尋找",
    "运行者": "營運者",
    "脚本": "腳本",
    "主机名": "主機名稱",
    "账号": "帳號",
    "来源映射": "來源對應",
}
"""Words as they stand in the texts → in Traditional characters, where OpenCC chooses others."""
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
_NOISE = rb'"(POT-Creation-Date|PO-Revision-Date|Project-Id-Version|Report-Msgid-Bugs-To|Last-Translator): [^"]*"\n'


def found() -> dict[object, list[str]]:
    """Every text that is to be translated → where it stands. A plural one is a pair."""
    out: dict[object, list[str]] = {}
    for path in sorted([*WEB.rglob("*.html"), *WEB.rglob("*.py")]):
        text = path.read_text(encoding="utf-8")
        code = templatize(text) if path.suffix == ".html" else text
        for _line, message, _comments, _context in extract("python", io.BytesIO(code.encode()), KEYWORDS):
            out.setdefault(message, []).append(path.relative_to(WEB).as_posix())
    return out


def catalog(path: Path = PO, locale: str = "en") -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def traditional(text: str) -> str:
    """A text of the interface in Traditional characters."""
    for wrong, right in TRADITIONAL.items():
        text = text.replace(wrong, f"\ue000{right}\ue001")
    parts = re.split("(\ue000.*?\ue001)", text)
    return "".join(part[1:-1] if part.startswith("\ue000") else _convert(part) for part in parts)


def compiled(said: Catalog) -> bytes:
    out = io.BytesIO()
    said.creation_date = said.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(out, said)
    return out.getvalue()


def _write(path: Path, fresh: Catalog) -> None:
    out = io.BytesIO()
    write_po(out, fresh, width=110, sort_output=True, omit_header=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(re.sub(_NOISE, b"", out.getvalue()))


def main() -> None:
    settings.configure()
    django.setup()
    known = catalog() if PO.exists() else Catalog(locale="en")
    fresh = Catalog(locale="en", header_comment="# English texts of the interface.", charset="utf-8", fuzzy=False)
    for message, places in found().items():
        old = known.get(message[0] if isinstance(message, tuple) else message)
        fresh.add(message, old.string if old else None, locations=[(place, None) for place in dict.fromkeys(places)])
    _write(PO, fresh)
    hant = Catalog(locale="zh_Hant", header_comment="# Made by tests/web/messages.py.", charset="utf-8", fuzzy=False)
    for message in fresh:
        if message.id:
            first = message.id[0] if isinstance(message.id, tuple) else message.id
            said = (traditional(first),) if isinstance(message.id, tuple) else traditional(first)
            hant.add(message.id, said, locations=message.locations)
    _write(HANT, hant)
    PO.with_suffix(".mo").write_bytes(compiled(catalog()))
    HANT.with_suffix(".mo").write_bytes(compiled(catalog(HANT, "zh_Hant")))
    for message in fresh:
        if message.id and not (all(message.string) if isinstance(message.string, tuple) else message.string):
            sys.stdout.write(f"not translated: {message.id}\n")


if __name__ == "__main__":
    main()
