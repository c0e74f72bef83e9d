"""Every chapter: its text has the parts that all chapters have, and no result written by hand."""

from __future__ import annotations

import inspect
import re
import runpy
import shutil
import sys
from pathlib import Path

import pytest

from deltarule import course, keras
from deltarule.course.book import chapters
from deltarule.course.question import ChoiceQuestion, NumberQuestion, NumbersQuestion
from deltarule.errors import SettingError
from deltarule.playground.url_fragment import from_fragment

FOLDER = Path(__file__).parents[3] / "docs" / "course"
CODE = sorted((FOLDER / "code").glob("*.py"))
# Numbers that other people wrote, which a chapter quotes, and the numbers of papers.
QUOTED = {"0.0002", "61.95", "2202.05924", "1711.05101"}

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="the sdist has no docs")
each_chapter = pytest.mark.parametrize("chapter", chapters(), ids=lambda one: one.name)


def text_of(chapter) -> str:
    return (FOLDER / f"{chapter.number:02d}-{chapter.name}.md").read_text(encoding="utf-8")


@each_chapter
def test_the_text_has_the_parts_of_a_chapter(chapter):
    text, number = text_of(chapter), chapter.number
    assert text.startswith(f"# {number}. {chapter.title}\n")
    parts = [
        f"```{{question}} {number}.predict", "```{live-figure} ", f"```{{question}} {number}.check",
        f"{{literalinclude}} code/{number:02d}_", "## What the slide says", "```{exercises}",
    ]  # fmt: skip
    places = [text.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places[0] < places[1] < places[2] < places[3] < places[4] < places[5]
    assert ":::{playground} " in text
    assert ":::{notes}" in text
    names = [f"{number:02d}_{chapter.name.replace('-', '_')}{kind}.py" for kind in ("", "_keras")]
    assert {path.name for path in CODE} >= set(names)
    assert all(f"{{literalinclude}} code/{name}" in text for name in names)


@each_chapter
def test_its_figures_and_experiments_exist(chapter):
    text = text_of(chapter)
    assert set(re.findall(r"\{live-figure\} (\S+)", text)) <= set(course.figure_names())
    assert set(re.findall(r"\{playground\} (\S+)", text)) == set(chapter.experiments)
    for fragment in chapter.experiments.values():
        from_fragment(fragment)


@each_chapter
def test_its_formulas_can_be_drawn(chapter):
    sys.path.insert(0, str(FOLDER.parent / "extensions"))
    mathml = pytest.importorskip("math_as_mathml", reason="needs Sphinx")
    text = text_of(chapter)
    blocks = re.findall(r"```\{formula\}\n(.*?)```", text, flags=re.S)
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    formulas = [*blocks, *re.findall(r"(?<!\\)\$([^$]+)\$", prose)]
    for formula in formulas:
        drawn = mathml._mathml(re.sub(r"<<[^>]*>>", "1", formula), block=True)
        assert drawn.startswith("<math"), formula


@each_chapter
def test_no_result_is_written_by_hand(chapter):
    prose = re.sub(
        r"```\{literalinclude\}.*?```|<<[^>]*>>|\{value\}`[^`]*`", "", text_of(chapter), flags=re.S
    )
    found = set(re.findall(r"(?<![\d.])\d+\.\d{2,}", prose)) - QUOTED
    assert found == set(), (
        "use {value}`name` or <<name>>, with the number in the chapter's values()"
    )


@each_chapter
def test_its_values_are_used_and_its_text_uses_no_others(chapter):
    text = text_of(chapter)
    of_text = set(re.findall(r"\{value\}`([a-z0-9_]+)|<<([a-z0-9_]+)", text))
    of_text = {name for pair in of_text for name in pair if name}
    module = inspect.getsource(sys.modules[chapter.values.__module__])
    of_questions = set(re.findall(r'found\[[\'"]([a-z0-9_]+)', module))
    assert of_text <= set(chapter.values())
    assert of_text | of_questions >= set(chapter.values())


@each_chapter
def test_answers_are_marked(chapter):
    questions = chapter.questions()
    number = chapter.number
    assert [one.name for one in questions] == [
        f"{number}.{part}" for part in ("predict", "check", "1", "2", "3")
    ]
    for question in questions:
        right = course.check(question.name, question.right_answer)
        assert right.right
        assert right.sentence
        assert question.name.endswith(("predict", "check")) or question.solution
        if isinstance(question, ChoiceQuestion):
            marks = [course.check(question.name, i + 1) for i in range(len(question.options))]
            assert sum(mark.right for mark in marks) == 1
            assert len({mark.sentence for mark in marks}) == len(marks) >= 3
        elif isinstance(question, NumberQuestion):
            assert question.mark(str(question.value).replace("-", "−")).right
            for value, sentence in question.mistakes:
                assert question.mark(value) == course.check(question.name, value)
                assert question.mark(value).sentence == sentence
            off = question.value + 3 * question.tolerance + 1e-3 * abs(question.value)
            assert not question.mark(off).right
        else:
            assert isinstance(question, NumbersQuestion)
            assert not question.mark([0.0] * len(question.labels)).right


def test_figures_are_all_shown_by_a_chapter():
    texts = "".join(map(text_of, chapters()))
    assert set(course.figure_names()) == set(re.findall(r"\{live-figure\} (\S+)", texts))


def test_what_is_no_answer_is_refused():
    for name, answer in (("2.predict", 9), ("2.check", "six"), ("2.check", ...), ("2.3", [1, 2])):
        with pytest.raises(SettingError, match=re.escape(name)):
            course.check(name, answer)
    with pytest.raises(SettingError, match=r"check\.name"):
        course.check("2.9", 1)


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_the_code_of_a_chapter_runs(path, monkeypatch, capsys, tmp_path):
    # The programs import Keras; `make test-peers` compares deltarule's face with it.
    monkeypatch.setitem(sys.modules, "keras", keras)
    monkeypatch.chdir(tmp_path)
    shutil.copy(FOLDER.parents[1] / "examples" / "iris.csv", tmp_path)
    assert len(path.read_text().splitlines()) <= 16
    runpy.run_path(str(path))
    assert capsys.readouterr().out
