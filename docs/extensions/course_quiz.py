"""Pages for teachers: the quiz, its answers, and links to chapters by their numbers."""

from __future__ import annotations

from typing import Any

from course import question_html, raw, solution_html
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from deltarule.course.book import chapters
from deltarule.course.chapter import Chapter
from deltarule.course.quiz import quiz_questions

_HEAD = (
    '<div class="course-handout"><span>Name</span><span>Date</span>'
    f"<span>Points, of {len(quiz_questions())}</span></div>"
)


def page_of(chapter: Chapter) -> str:
    """Return the name of a chapter's page in the folder of the course, without its extension."""
    return f"{chapter.number:02d}-{chapter.name}"


class ChapterRole(SphinxRole):
    """{chapter}`2`: a link to a chapter, with its number and title."""

    def run(self) -> tuple[list[nodes.Node], list[Any]]:
        found = [one for one in chapters() if str(one.number) == self.text]
        if not found:
            return [nodes.Text(f"Chapter {self.text}")], []
        title = f"{found[0].number}. {found[0].title}"
        link = addnodes.pending_xref(
            "", nodes.inline(title, title), refdomain="std", reftype="doc", refexplicit=True,
            reftarget=f"/course/{page_of(found[0])}", refwarn=True,
        )  # fmt: skip
        return [link], []


class Quiz(SphinxDirective):
    """All questions of the quiz, with lines for a name and a date on paper."""

    def run(self) -> list[nodes.Node]:
        parts = [_HEAD]
        for number, asked in enumerate(quiz_questions(), 1):
            kind = f"Question {number}"
            parts.append(question_html(asked.question, kind, "quiz-answers.html"))
        return [raw("".join(parts))]


class QuizAnswers(SphinxDirective):
    """The answers to all questions of the quiz, each with a link to its chapter."""

    def run(self) -> list[nodes.Node]:
        pages = {one.number: page_of(one) for one in chapters()}
        parts = []
        for number, asked in enumerate(quiz_questions(), 1):
            chapter = f"chapter {asked.chapter}"
            if asked.chapter in pages:
                chapter = f'<a href="{pages[asked.chapter]}.html">{chapter}</a>'
            parts.append(solution_html(asked.question, f"Question {number}, {chapter}"))
        return [raw("".join(parts))]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives and the role."""
    app.add_role("chapter", ChapterRole())
    app.add_directive("quiz", Quiz)
    app.add_directive("quiz-answers", QuizAnswers)
    return {"parallel_read_safe": True}
