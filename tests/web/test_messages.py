"""The interface speaks English as well as Chinese."""

from __future__ import annotations

import re

import messages


def test_every_text_is_translated():
    """No text of a template or of the code is without its English, and no translation is left over."""
    said = messages.catalog()
    known = {message.id for message in said if message.id}
    assert known == set(messages.found())
    for message in said:
        if message.id:
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            assert all(strings), message.id
            assert not re.search(r"[\u4e00-\u9fff]", "".join(strings).replace("拓本", "")), message.id
            wanted = message.id[0] if isinstance(message.id, tuple) else message.id
            for string in strings:
                assert sorted(re.findall(r"%(?:\(\w+\))?[sd]", string)) == sorted(
                    re.findall(r"%(?:\(\w+\))?[sd]", wanted)
                )


def test_traditional_characters_are_made_from_the_texts():
    """Every text has its form in Traditional characters, the one that `messages.py` makes, and every exception is used."""
    said = messages.catalog(messages.HANT, "zh_Hant")
    known = {message.id: message.string for message in said if message.id}
    assert set(known) == set(messages.found())
    for message, string in known.items():
        first, told = (message[0], string[0]) if isinstance(message, tuple) else (message, string)
        assert told == messages.traditional(first)
    texts = " ".join(message[0] if isinstance(message, tuple) else message for message in known)
    assert [word for word in messages.TRADITIONAL if word not in texts] == []
    assert messages.HANT.with_suffix(".mo").read_bytes() == messages.compiled(said)


def test_the_interface_speaks_traditional_chinese(app):
    """By the switch's cookie and by `?lang=` under any of its names; the page says so, and offers the others."""
    for told in ("zh-Hant", "zh-TW", "zh-hk"):
        page = app.get("/about/", {"lang": told}).content.decode()
        assert '<html lang="zh-Hant">' in page
        assert "關於本站" in page
        assert "简体中文" in page and "English" in page
    app.post("/language", {"lang": "zh-hant", "next": "/about/"})
    assert "關於本站" in app.get("/about/").content.decode()


def test_the_compiled_file_is_that_of_the_source():
    """The .mo beside the .po was made from it (`python tests/web/messages.py`)."""
    assert messages.PO.with_suffix(".mo").read_bytes() == messages.compiled(messages.catalog())
