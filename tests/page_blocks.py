"""The fenced blocks of a page of the documentation: what a reader types, and what is printed then.

A page is read from top to bottom. ``python`` blocks share their names, as the cells of a notebook do; a
``text`` block after one is what it prints. In a ``console`` block each line that begins with ``$`` is a
command, lines that begin with ``>`` continue it, and the others are what it prints. ``...`` stands for
any text in a line, or alone for any lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])[−-]?\d[\d,]*(?:\.\d+)?(?:e[+-−]?\d+)?")
SECONDS = re.compile(r"\b\d+(\.\d+)? (µs|ms|s)\b")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Parameters
    ----------
    language : str
        The word after the fence.
    text : str
        What is between the fences.
    line : int
        The line of the opening fence.
    printed : str or None
        For Python, the ``text`` block that follows without a sentence in between.
    """

    language: str
    text: str
    line: int
    printed: str | None = None


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page, each ``text`` block as part of the block before it."""
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    end = 0
    for match in FENCE.finditer(text):
        line = text[: match.start()].count("\n") + 1
        language, content = match.groups()
        follows = not text[end : match.start()].strip()
        if language == "text" and follows and found and found[-1].language == "python":
            found[-1] = Block("python", found[-1].text, found[-1].line, content)
        else:
            found.append(Block(language, content, line))
        end = match.end()
    return found


def commands_of(block: Block) -> list[tuple[str, str]]:
    """Return each command of a console block with the lines that it prints."""
    commands: list[tuple[str, str]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            commands.append((line[2:], ""))
        elif line.startswith("> ") and not commands[-1][1]:
            commands[-1] = (f"{commands[-1][0]}\n{line[2:]}", "")
        else:
            commands[-1] = (commands[-1][0], f"{commands[-1][1]}{line}\n")
    return commands


def assert_printed(printed: str, promised: str, where: str, *, numbers: bool = True) -> None:
    """Compare what was printed with what the page shows, letter by letter except for durations.

    Without `numbers`, any number may stand where the page shows one.
    """
    lines = [line.rstrip() for line in promised.strip("\n").splitlines()]
    pattern = "\n".join(_line_pattern(line, numbers) for line in lines)
    pattern = pattern.replace("\n\0\n", "\n(?:.*\n)*?").replace("\n\0", r"(?:\n.*)*")
    shown = "\n".join(line.rstrip() for line in printed.strip("\n").splitlines())
    match = re.fullmatch(pattern, SECONDS.sub("N s", shown))
    assert match, f"{where} prints\n{shown}\n\nThe page shows\n{promised}"


def _line_pattern(line: str, numbers: bool) -> str:
    if line.strip() == "...":
        return "\0"
    open_parts = r"\.\.\." if numbers else rf"\.\.\.|{NUMBER.pattern}"
    parts = re.split(f"({open_parts})", SECONDS.sub("N s", line))
    return "".join(
        ".*?" if part == "..." else NUMBER.pattern if i % 2 else re.escape(part)
        for i, part in enumerate(parts)
    )
