"""What the documents say is tried: their links lead somewhere, and their commands exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tuoben import cli

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [str(document.relative_to(ROOT)) for document in DOCUMENTS]


def shown_commands(text: str) -> list[list[str]]:
    """The command lines in the fenced sh blocks of a document, without prompts, comments and assignments."""
    found = []
    for block in re.findall(r"^```(?:sh|console|bash)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            words = [word for word in shlex.split(line.removeprefix("$ "), comments=True) if word]
            while words and re.match(r"[A-Z_]+=", words[0]):
                words.pop(0)
            if words:
                found.append(words)
    return found


def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_files(name: str) -> None:
    """Every relative link and picture of a document names a file of the repository."""
    document = ROOT / name
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8"))
    relative = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith(("#", "mailto:"))]
    assert [link for link in relative if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_commands_exist(name: str) -> None:
    """Every `tuoben …` shown parses, and every `make …` shown is a target."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for words in shown_commands(text):
        if Path(words[0]).name == "tuoben":
            cli.parser().parse_args(words[1:])
        if words[0] == "make":
            assert set(words[1:]) <= targets()
    assert set(re.findall(r"`make ([a-z0-9]+)`", text)) <= targets()


def test_the_readmes_are_twins() -> None:
    """The English and the Chinese README show the same commands, pictures and headings in the same order."""
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    assert shown_commands(english) == shown_commands(chinese)
    assert re.findall(r"!\[[^]]*\]\(([^)]+)\)", english) == re.findall(r"!\[[^]]*\]\(([^)]+)\)", chinese)
    assert len(re.findall("^## ", english, re.MULTILINE)) == len(re.findall("^## ", chinese, re.MULTILINE))


def test_every_command_has_a_sentence() -> None:
    """`tuoben --help` says for each command what it does."""
    commands = re.findall(r"^    (\w+)\s+(.*)$", cli.parser().format_help(), re.MULTILINE)
    assert len(commands) >= 10
    assert all(sentence for _, sentence in commands)


def test_every_setting_is_documented() -> None:
    """docs/reference/settings.md names each setting that the program reads, and no other."""
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    read = set(re.findall(r"TUOBEN_[A-Z_]*[A-Z]", source)) - {"TUOBEN_NAME", "TUOBEN_SUPERVISOR"}
    read |= {f"TUOBEN_{name.upper()}" for name in re.findall(r'_(?:setting|number)\("(\w+)"', source)}
    told = set(
        re.findall(r"^\| `(TUOBEN_\w+)`", (ROOT / "docs/reference/settings.md").read_text("utf-8"), re.MULTILINE)
    )
    assert told == read
