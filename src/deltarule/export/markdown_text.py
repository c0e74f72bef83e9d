"""Text from outside in Markdown and YAML: names of columns and classes are shown, never interpreted."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

MAX_LENGTH = 80
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>#!|&~$@:^])")
_BLANK = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
# Not printable in YAML, or a line break there; lone surrogates are not encodable.
_UNSAFE_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_NOT_ENCODABLE = re.compile("[\ud800-\udfff]")


def markdown(text: str, max_length: int = MAX_LENGTH) -> str:
    """Return a text on one line, shortened, in which no character has a meaning in Markdown."""
    line = _NOT_ENCODABLE.sub("\ufffd", _BLANK.sub(" ", text)).strip()
    if len(line) > max_length:
        line = f"{line[: max_length - 1]}…"
    return _PUNCTUATION.sub(r"\\\1", line)


def yaml_text(text: str) -> str:
    """Return a text as a quoted scalar of YAML, which is also JSON."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNSAFE_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table; the cells are Markdown."""
    return [
        f"| {' | '.join(header)} |",
        f"|{'|'.join(' --- ' for _ in header)}|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
