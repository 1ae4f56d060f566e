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


def test_the_compiled_file_is_that_of_the_source():
    """The .mo beside the .po was made from it (`python tests/web/messages.py`)."""
    assert messages.PO.with_suffix(".mo").read_bytes() == messages.compiled(messages.catalog())
