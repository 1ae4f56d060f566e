"""Patterns of many words, put so that Python's regular expressions read them fast."""

from __future__ import annotations

from collections.abc import Iterable


def by_letter(patterns: Iterable[str]) -> str:
    """One pattern of several, in which only those are tried that begin with the letter at hand. Which of them is found
    first may differ, whether one is does not."""
    begun: dict[str, list[str]] = {}
    for pattern in patterns:
        plain = pattern[:1].isalnum() and pattern[1:2] not in tuple("?*+{")
        begun.setdefault(pattern[0] if plain else "", []).append(pattern[1:] if plain else pattern)
    others = begun.pop("", [])
    return "|".join([*(f"{letter}(?:{'|'.join(rests)})" for letter, rests in begun.items()), *others])
