"""The page for teachers: its tables name all chapters once, and its minutes add up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deltarule.course.book import chapters

PAGE = Path(__file__).parents[3] / "docs" / "course" / "for-teachers.md"
ROW = re.compile(r"^\| \{chapter\}`(\d+)` \| (\d+) \|", re.MULTILINE)
SCHEDULE = re.compile(r"^\| a [^|]+ \| ([\d, ]+) \| (\d+) \|$", re.MULTILINE)

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the sdist has no docs")


def minutes() -> dict[int, int]:
    return {int(number): int(value) for number, value in ROW.findall(PAGE.read_text("utf-8"))}


def test_every_chapter_has_a_row_in_the_order_of_the_lecture():
    numbers = [int(number) for number, _ in ROW.findall(PAGE.read_text("utf-8"))]
    assert numbers == list(range(1, 19))
    assert set(numbers) >= {one.number for one in chapters()}


def test_the_minutes_add_up():
    text = PAGE.read_text("utf-8")
    total = int(re.search(r"Together they are (\d+):", text)[1])
    assert total == sum(minutes().values()) == 14 * 45
    schedules = SCHEDULE.findall(text)
    assert len(schedules) == 3
    for listed, sum_of_minutes in schedules:
        assert sum(minutes()[int(number)] for number in listed.split(",")) == int(sum_of_minutes)


def test_sections_to_skip_are_sections_of_their_chapters():
    skipped = re.findall(
        r"^\| \{chapter\}`(\d+)` \|.*\| \*([^*|]+)\* \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert len(skipped) >= 8
    for number, section in skipped:
        (text,) = PAGE.parent.glob(f"{int(number):02d}-*.md")
        assert f"\n## {section}" in text.read_text("utf-8"), f"chapter {number}: {section}"
