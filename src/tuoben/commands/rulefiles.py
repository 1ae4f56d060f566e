"""Where site rules lie: those that come with the program, and the operator's own. Without Django."""

from __future__ import annotations

from pathlib import Path

from tuoben.errors import UsageError
from tuoben.extract import siterules
from tuoben.home import Home
from tuoben.model import SiteRule

SHIPPED = Path(siterules.__file__).parent / "sites"


def rule_file(path: Path) -> siterules.RuleFile:
    """The site rules in a file. Raises UsageError in one sentence."""
    try:
        return siterules.parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The site rules in {path} cannot be read ({error}).") from error


def rule_files(home: Home | None = None) -> list[siterules.RuleFile]:
    """The rules that come with the program, then the operator's own in the data directory, which go before them."""
    folders = [SHIPPED, *([home.site_rules] if home else [])]
    files = {path.name: path for folder in folders for path in sorted(folder.glob("*.toml"))}
    return [rule_file(path) for path in files.values()]


def site_rules(home: Home | None = None) -> tuple[SiteRule, ...]:
    """All site rules; a file of the operator's stands in for one of the same name that comes with the program."""
    return tuple(rule for file in rule_files(home) for rule in file.rules)
