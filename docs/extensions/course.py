"""Chapters of the course: live figures, questions that mark answers, numbers of the library, and slides.

CONTRIBUTING.md says how a chapter is written. What a page shows is drawn and computed while the site is
built; `course.js` then makes the figures live, where the engine is beside the page (`course_engine`), and
marks answers.
"""

from __future__ import annotations

import json
import re
import shutil
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from course_notebook import write_notebooks
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from deltarule._common.formatting import format_number
from deltarule.course.book import chapters, figure
from deltarule.course.chapter import Chapter
from deltarule.course.figure_style import figure_style
from deltarule.course.question import ChoiceQuestion, Question
from deltarule.playground.url_fragment import from_fragment, to_fragment

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "web" / "dist-site" / "course.js"
STYLE = Path(__file__).parents[1] / "course" / "course.css"
_VALUE = re.compile(r"<<([a-z0-9_]+)(?::([^<>]+))?>>")
_NO_ENGINE = "This picture is live on the website of the playground, where Python runs in the page."


def chapter_of(docname: str) -> Chapter:
    """Return the chapter of a page such as course/02-perceptron."""
    found = re.match(r"course/(\d+)-", docname)
    if found is not None:
        for chapter in chapters():
            if chapter.number == int(found[1]):
                return chapter
    raise ValueError(f"{docname} is no chapter: its file begins with the number of a chapter")


def value_of(chapter: Chapter, name: str, form: str | None) -> str:
    """Return a number of a chapter as text; `form` is that of `format`, by default four digits."""
    value = chapter.values()[name]
    if isinstance(value, str):
        return value
    return (format(value, form) if form else format_number(value)).replace("-", "−")


def filled(chapter: Chapter, text: str) -> str:
    """Return a formula with the numbers of the chapter in the place of <<name>> and <<name:form>>."""
    return _VALUE.sub(lambda found: value_of(chapter, found[1], found[2]).replace("−", "-"), text)


class ValueRole(SphinxRole):
    """{value}`name` or {value}`name:.3f`: a number of the chapter, computed by deltarule."""

    def run(self) -> tuple[list[nodes.Node], list[Any]]:
        name, _, form = self.text.partition(":")
        return [nodes.Text(value_of(chapter_of(self.env.docname), name, form or None))], []


class FormulaDirective(SphinxDirective):
    """A formula on a line of its own, with numbers of the chapter."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        text = filled(chapter_of(self.env.docname), "\n".join(self.content))
        node = nodes.math_block(text, text)
        node["nowrap"] = node["no-wrap"] = False
        node["label"] = node["number"] = None
        return [node]


class LiveFigure(SphinxDirective):
    """A figure of the course: its picture, its sentence, and what the content says below it."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"values": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        values = json.loads(self.options.get("values", "{}"))
        shown = figure(name, **values)
        given = escape(json.dumps(values), quote=True)
        begin = (
            f'<figure class="course-figure" data-figure="{escape(name)}" data-values="{given}" '
            f'aria-label="{escape(shown.title)}">'
            f'<div class="picture">{shown.picture()}</div>'
            f'<p class="sentence">{escape(shown.sentence())}</p>'
            f'<p class="still">{_NO_ENGINE}</p>'
        )
        caption = nodes.container(classes=["caption"])
        self.state.nested_parse(self.content, self.content_offset, caption)
        inside = [caption] if self.content else []
        return [raw(begin), *inside, raw("</figure>")]


class QuestionDirective(SphinxDirective):
    """A question of the chapter, by its name, such as 2.check."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        question = chapter_of(self.env.docname).question(self.arguments[0])
        if question is None:
            raise self.error(f"There is no question {self.arguments[0]}.")
        return [raw(question_html(question))]


class Exercises(SphinxDirective):
    """The three exercises of the chapter, with its notebook and the solutions."""

    def run(self) -> list[nodes.Node]:
        chapter = chapter_of(self.env.docname)
        parts = [question_html(question) for question in chapter.exercises]
        parts.append(
            f'<p class="course-links"><a href="notebooks/{notebook_name(chapter)}" download>'
            "These exercises as a notebook</a> · "
            f'<a href="solutions.html#chapter-{chapter.number}">Solutions</a></p>'
        )
        return [raw("".join(parts))]


class Solutions(SphinxDirective):
    """The answers to all questions, chapter by chapter."""

    def run(self) -> list[nodes.Node]:
        sections: list[nodes.Node] = []
        for chapter in chapters():
            title = f"{chapter.number}. {chapter.title}"
            section = nodes.section(ids=[f"chapter-{chapter.number}"], names=[title])
            section += nodes.title(title, title)
            for question in chapter.questions():
                section += raw(solution_html(question))
            sections.append(section)
        return sections


class PlaygroundLink(nodes.General, nodes.Element):
    """A link to an experiment in the playground; how it is written depends on `course_site`."""


class Playground(SphinxDirective):
    """A link to the playground with an experiment of the chapter; the content says what to try there."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        chapter = chapter_of(self.env.docname)
        fragment = to_fragment(from_fragment(chapter.experiments[self.arguments[0]]))
        text = nodes.container(classes=["course-playground"])
        self.state.nested_parse(self.content, self.content_offset, text)
        text += PlaygroundLink(fragment=fragment)
        return [text]


def write_playground_links(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Link the playground where the pages are beside it, and otherwise say how it is opened.

    Done while pages are written, so that both websites are written from sources that are read once.
    """
    site = app.config.course_site
    for node in [*tree.findall(PlaygroundLink)]:
        if site:
            address = f"{'../' * page.count('/')}{site}#{node['fragment']}"
            link = f'<a class="course-button" href="{escape(address)}">Open in the playground</a>'
        else:
            behind = f"<code>#{escape(node['fragment'])}</code>"
            link = f"Run <code>deltarule play</code>, and put {behind} behind its address."
        node.replace_self(raw(f"<p>{link}</p>"))


class Block(SphinxDirective):
    """A part of the page that slides show ({slide}), or that only the presenter sees ({notes})."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        block = nodes.container(classes=[f"course-{self.name}"])
        self.state.nested_parse(self.content, self.content_offset, block)
        return [block]


def raw(html: str) -> nodes.raw:
    """Return HTML as a node."""
    return nodes.raw("", html, format="html")


def question_html(question: Question, kind: str = "", solutions: str = "solutions.html") -> str:
    """Return a question as pages without scripts show it; `course.js` makes a form of it.

    `kind` is the line above it, by default that of a chapter; `solutions` is the page of its answer.
    """
    options = ""
    if isinstance(question, ChoiceQuestion):
        items = "".join(f"<li>{escape(option.text)}</li>" for option in question.options)
        options = f"<ol>{items}</ol>"
    number = question.name.partition(".")[2]
    kind = kind or {"predict": "Before you look", "check": "Check"}.get(
        number, f"Exercise {question.name}"
    )
    anchor = question.name.replace(".", "-")
    return (
        f'<div class="course-question" id="question-{anchor}" '
        f"data-question='{escape(json.dumps(question.as_json()), quote=True)}'>"
        f'<p class="kind">{kind}</p><p class="prompt">{escape(question.prompt)}</p>{options}'
        f'<p class="unmarked"><a href="{solutions}#solution-{anchor}">Solution</a></p></div>'
    )


def solution_html(question: Question, kind: str = "") -> str:
    """Return a question with its right answer and the way to it; `kind` is the HTML above it."""
    anchor = question.name.replace(".", "-")
    way = f"<p>{escape(question.solution)}</p>" if question.solution else ""
    sentence = question.mark(question.right_answer).sentence
    return (
        f'<div class="course-solution" id="solution-{anchor}"><p class="kind">{kind or question.name}</p>'
        f"<p>{escape(question.prompt)}</p><p><strong>{escape(question.answer)}</strong></p>"
        f"<p>{escape(sentence)}</p>{way}</div>"
    )


def notebook_name(chapter: Chapter) -> str:
    """Return the file name of the notebook of a chapter's exercises."""
    return f"{chapter.number:02d}-{chapter.name}.ipynb"


def add_static_files(app: Sphinx, config: Any) -> None:
    """Write the style sheet of figures and the script to a folder of static files."""
    folder = Path(app.doctreedir) / "course"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "course.css").write_text(f"{figure_style()}\n{STYLE.read_text()}", encoding="utf-8")
    if SCRIPT.exists():
        shutil.copy(SCRIPT, folder)
    config.html_static_path.append(str(folder))


def add_to_page(app: Sphinx, page: str, _template: str, _context: Any, _tree: Any) -> None:
    """Give pages of the course their style sheet and script."""
    if not page.startswith("course/"):
        return
    app.add_css_file("course.css")
    if SCRIPT.exists():
        up, engine = "../" * page.count("/"), app.config.course_engine
        data = {"data-course": "", "data-engine": f"{up}{engine}" if engine else ""}
        app.add_js_file("course.js", type="module", loading_method=None, **data)


def write_exercises(app: Sphinx, error: Exception | None) -> None:
    """Write the notebooks of the exercises beside the pages."""
    if error is None and app.builder.name == "html":
        write_notebooks(Path(app.outdir) / "course" / "notebooks", notebook_name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives and roles."""
    app.add_config_value("course_engine", "", "html", str)
    app.add_config_value("course_site", "", "html", str)
    app.add_role("value", ValueRole())
    for name, directive in (
        ("formula", FormulaDirective),
        ("live-figure", LiveFigure),
        ("question", QuestionDirective),
        ("exercises", Exercises),
        ("solutions", Solutions),
        ("playground", Playground),
        ("slide", Block),
        ("notes", Block),
    ):
        app.add_directive(name, directive)
    app.connect("config-inited", add_static_files)
    app.connect("doctree-resolved", write_playground_links)
    app.connect("html-page-context", add_to_page)
    app.connect("build-finished", write_exercises)
    # Another number makes Sphinx read all pages again: raise it when what is stored of them changes.
    return {"parallel_read_safe": True, "env_version": 2}
