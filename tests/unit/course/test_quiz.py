"""The quiz: each answer by hand, questions on every chapter, and sentences for every answer."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from deltarule import course
from deltarule.course.book import chapters
from deltarule.course.question import ChoiceQuestion, NumberQuestion, NumbersQuestion
from deltarule.course.quiz import quiz_questions
from deltarule.errors import SettingError

BY_HAND = {
    2: -1 + 2 * 3 - 1 * 1,
    4: 0.5 * (1 - 0.5),
    5: 2 * -2 + 1,
    7: 5,
    8: max(0.0, 1 - 3 + 0.5 * 2),
    9: (2 + 1) * 4 + (4 + 1) * 4 + (4 + 1) * 1,
    11: -1 + 3 * 2,
    12: -math.log(0.8),
    13: 2 * (1 * 2 - 1) * 2,
    14: 2 * (3 * 2 * 1 - 5) * 3 * 1,
    16: 0.5 - 0.1 * 2 * (0.5 - 1.5),
    18: math.ceil(150 / 32),
}
each_question = pytest.mark.parametrize(
    "asked", quiz_questions(), ids=lambda asked: asked.question.name
)


def test_it_has_a_question_on_every_chapter_in_their_order():
    numbers = [asked.chapter for asked in quiz_questions()]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, 19)) >= {one.number for one in chapters()}
    assert [one.question.name for one in quiz_questions()] == [
        f"quiz.{i + 1}" for i in range(len(numbers))
    ]


def test_numbers_are_those_of_a_hand_calculation():
    found = {
        int(asked.question.name.partition(".")[2]): asked.question.value
        for asked in quiz_questions()
        if isinstance(asked.question, NumberQuestion)
    }
    assert found == pytest.approx(BY_HAND, abs=1e-4)


@each_question
def test_every_answer_gets_a_sentence(asked):
    question = asked.question
    assert course.check(question.name, question.right_answer).right
    assert question.solution
    if isinstance(question, ChoiceQuestion):
        marks = [course.check(question.name, i + 1) for i in range(len(question.options))]
        assert sum(mark.right for mark in marks) == 1
        assert len({mark.sentence for mark in marks}) == len(marks) >= 3
    elif isinstance(question, NumberQuestion):
        for value, sentence in question.mistakes:
            mark = question.mark(value)
            assert not mark.right
            assert mark.sentence == sentence
        assert question.mark(question.value + 1e3).sentence == question.hint


def test_right_options_have_different_places():
    places = [
        asked.question.right_answer
        for asked in quiz_questions()
        if isinstance(asked.question, ChoiceQuestion)
    ]
    assert max(places.count(place) for place in places) < 0.5 * len(places)


def test_nor_is_marked_by_its_table():
    (question,) = (
        asked.question for asked in quiz_questions() if isinstance(asked.question, NumbersQuestion)
    )
    for w0 in (-1, 1, 2):
        for w1 in (-3, -1, 1):
            for w2 in (-3, -1, 1):
                table = [w0 + w1 * a + w2 * b > 0 for a in (0, 1) for b in (0, 1)]
                on_line = any(w0 + w1 * a + w2 * b == 0 for a in (0, 1) for b in (0, 1))
                is_nor = table == [True, False, False, False] and not on_line
                assert question.mark([w0, w1, w2]).right == is_nor


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9, 1.1])
def test_the_rate_that_jumps_and_converges(rate):
    w = [1.0]
    for _ in range(30):
        w.append(w[-1] - rate * 2 * w[-1])
    jumps = all(a * b < 0 for a, b in pairwise(w))
    right = jumps and abs(w[-1]) < 0.01
    assert course.check("quiz.17", f"η = {rate}").right == right


def test_questions_that_do_not_exist_are_refused():
    with pytest.raises(SettingError, match=r"check\.name"):
        course.check("quiz.99", 1)
    assert "quiz.1" in course.question_names()


def test_softmax_by_hand():
    (prompt,) = (
        asked.question.prompt for asked in quiz_questions() if "softmax" in asked.question.prompt
    )
    total = sum(math.exp(z) for z in (2, 1, 0))
    for z in (2, 1, 0):
        assert f"{math.exp(z) / total:.1%}" in prompt
