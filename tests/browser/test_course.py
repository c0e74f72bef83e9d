"""The course on the website: chapters are live, mark answers, are slides, fit phones, need no network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from browser.screen import CHECKOUT, pixels_of
from browser.test_site import SITE, Host

AXE = CHECKOUT / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = sorted(path.stem for path in (CHECKOUT / "docs" / "course").glob("[0-9]*.md"))
LOADED_MS = 90_000
LIVE = ".course-figure.is-live"

pytestmark = pytest.mark.skipif(
    not (SITE / "docs" / "course").exists(), reason="the website was not built: make site"
)
each_page = pytest.mark.parametrize("name", PAGES)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host(SITE)
    yield host
    host.stop()


@pytest.fixture
def visit(chromium, host) -> Iterator[Callable[..., Any]]:
    """Open chapters; none of them may log an error or ask another origin for anything."""
    contexts, errors = [], []

    def visit(name: str, query: str = "", **options: Any) -> Any:
        context = chromium.new_context(**{"viewport": {"width": 1366, "height": 768}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LOADED_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        own = (host.origin, "blob:", "data:")
        page.on("request", lambda r: None if r.url.startswith(own) else errors.append(r.url))
        page.goto(f"{host.origin}/docs/course/{name}.html{query}")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert errors == []


def live(page: Any, figure: Any) -> None:
    """Wait until a figure is live."""
    figure.scroll_into_view_if_needed()
    page.wait_for_function("f => f.classList.contains('is-live')", arg=figure.element_handle())


def changes(page: Any, figure: Any, act: Callable[[], None]) -> str:
    """Do something to a figure, wait for its next frame, and return its sentence."""
    frame = figure.get_attribute("data-frame")
    act()
    page.wait_for_function(
        "([f, frame]) => f.dataset.frame !== frame", arg=[figure.element_handle(), frame]
    )
    return figure.locator(".sentence").inner_text()


@each_page
def test_figures_are_live_and_every_control_works(visit, name):
    page = visit(name)
    figures = page.locator(".course-figure")
    assert figures.count() > 0
    for figure in figures.all():
        still = figure.locator(".sentence").inner_text()
        live(page, figure)
        assert figure.locator(".sentence").inner_text() == still  # as at build time
        for slider in figure.locator("input[type=range]").all():
            for end, key in (("max", "End"), ("min", "Home")):
                if slider.input_value() != slider.get_attribute(end):
                    changes(page, figure, lambda s=slider, key=key: s.press(key))
        for select in figure.locator("select").all():
            options = select.locator("option").evaluate_all("all => all.map(o => o.value)")
            for value in options[::-1]:
                changes(page, figure, lambda s=select, v=value: s.select_option(v))
        for box in figure.locator("input[type=checkbox]").all():
            changes(page, figure, box.click)
        changes(page, figure, figure.get_by_role("button", name="Start values").click)
        assert figure.locator(".sentence").inner_text() == still
        for i in range(figure.locator("[data-handle]").count()):
            handle = figure.locator("[data-handle]").nth(i)
            changes(page, figure, lambda h=handle: h.press("ArrowLeft"))
            assert handle.evaluate("h => h === document.activeElement")
        play = figure.get_by_role("button", name="Play")
        if play.count():
            begin = pixels_of(figure.locator(".panels"))
            assert len(np.unique(begin.reshape(-1, 3), axis=0)) > 20  # drawn, and not in one color
            changes(page, figure, figure.get_by_role("button", name="Step").click)
            first = int(figure.get_attribute("data-frame"))
            play.click()
            page.wait_for_function(
                "([f, n]) => Number(f.dataset.frame) > n + 3 || f.innerText.includes('Play')",
                arg=[figure.element_handle(), first],
            )
            if figure.get_by_role("button", name="Pause").count():
                figure.get_by_role("button", name="Pause").click()
            assert figure.locator(".sentence").inner_text() != still
            trained = pixels_of(figure.locator(".panels"))
            assert begin.shape != trained.shape or (begin != trained).any(axis=2).sum() > 50
        assert figure.locator(".error").count() == 0


@pytest.mark.parametrize("name", [*PAGES, "quiz"])
def test_answers_are_marked_right_and_wrong(visit, name):
    page = visit(name)
    for place in page.locator(".course-question").all():
        question = json.loads(place.get_attribute("data-question"))
        verdict = place.locator(".verdict")
        if question["kind"] == "choice":
            for option, given in zip(
                question["options"], place.locator("input").all(), strict=True
            ):
                given.check()
                assert verdict.inner_text().endswith(option["sentence"])
                assert verdict.inner_text().startswith("Right" if option["right"] else "Not yet")
            continue
        fields = place.locator("input").all()
        for field in fields:
            field.fill("x")
        fields[0].press("Enter")
        assert "Write a number" in verdict.inner_text()
        if question["kind"] == "number":
            fields[0].fill(repr(question["value"]).replace("-", "−"))
            fields[0].press("Enter")
            assert verdict.inner_text() == f"Right. {question['right']}"
            fields[0].fill(repr(question["value"] + 1e3))
        else:
            for field in fields:
                field.fill("0")
        fields[0].press("Enter")
        assert verdict.inner_text().startswith("Not yet")


@each_page
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080)])
def test_slides_fit_the_window(visit, name, width, height):
    page = visit(name, "?slides", viewport={"width": width, "height": height})
    page.wait_for_function(
        "[...document.querySelectorAll('.course-figure')].every(f => f.matches('.is-live'))"
    )
    place = page.locator(".course-slide-bar .place")
    count = int(place.inner_text().partition(" of ")[2])
    assert count >= 5
    for number in range(1, count + 1):
        assert place.inner_text() == f"{number} of {count}"
        for shown in page.locator("[data-slide-step]:not([data-slide-hidden])").all():
            box = shown.bounding_box()
            if box is not None:
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width
        for picture in page.locator(".picture:visible").all():
            box = picture.bounding_box()
            assert box["y"] + box["height"] <= height, f"the picture of slide {number} is cut"
        article = page.locator(".bd-article")
        assert article.evaluate("a => a.scrollHeight <= a.clientHeight"), f"slide {number} scrolls"
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    page.keyboard.press("n")
    assert page.locator("body.with-notes").count() == 1


def test_slides_go_on_with_keys_after_a_control_had_them(visit):
    page = visit("02-perceptron", "?slides=3")
    live(page, page.locator(".course-figure").first)
    slider = page.locator(".course-figure input[type=range]").first
    place = page.locator(".course-slide-bar .place")
    slider.press("ArrowRight")
    assert place.inner_text().startswith("3 of")
    slider.press("Escape")
    page.keyboard.press("ArrowRight")
    assert place.inner_text().startswith("4 of")


def test_remote_controls_change_slides_wherever_the_focus_is(visit):
    page = visit("02-perceptron", "?slides=3")
    live(page, page.locator(".course-figure").first)
    page.locator(".course-figure input[type=range]").first.press("PageDown")
    assert page.locator(".course-slide-bar .place").inner_text().startswith("4 of")


def test_two_drawings_share_the_whole_width_of_a_slide(visit):
    page = visit("11-gradients", "?slides=3")
    figure = page.locator("[data-figure=weight-slope]")
    live(page, figure)
    for drawing in figure.locator("svg").all():
        assert drawing.bounding_box()["width"] > 1366 * 0.45  # 1366 * 0.34 with the controls beside
    picture = figure.locator(".picture").bounding_box()
    controls = figure.locator(".controls").bounding_box()
    assert picture["y"] + picture["height"] <= controls["y"]


def test_notes_cover_nothing_of_a_slide(visit):
    page = visit("12-backpropagation", "?slides=3")
    figure = page.locator("[data-figure=chain-rule]")
    live(page, figure)
    page.keyboard.press("n")
    notes = page.locator(".course-notes:visible").bounding_box()
    box = figure.bounding_box()
    assert box["y"] + box["height"] <= notes["y"]
    assert notes["y"] + notes["height"] <= page.locator(".course-slide-bar").bounding_box()["y"] + 1
    article = page.locator(".bd-article")
    assert article.evaluate("a => a.scrollHeight <= a.clientHeight")


def test_the_window_of_the_presenter_has_notes_and_changes_slides_with_the_other(visit):
    page = visit("12-backpropagation", "?slides=3")
    with page.context.expect_page() as opened:
        page.keyboard.press("p")
    presenter = opened.value
    place = ".course-slide-bar .place"
    presenter.locator(place).wait_for()
    assert "next: The chain rule in three colors, Check" in presenter.locator(place).inner_text()
    notes = presenter.locator(".course-notes:visible")
    assert notes.count() == 1
    assert "blue factor is 0" in notes.inner_text()
    assert page.locator(".course-notes:visible").count() == 0
    presenter.keyboard.press("PageDown")
    page.wait_for_function(f"document.querySelector('{place}').innerText.startsWith('4 of')")
    page.keyboard.press("End")
    presenter.wait_for_function(
        f"document.querySelector('{place}').innerText.endsWith('next: the end')"
    )


def test_slides_are_printed_one_on_a_page(visit):
    page = visit("12-backpropagation", "?slides")
    for figure in page.locator(".course-figure").all():
        page.wait_for_function("f => f.matches('.is-live')", arg=figure.element_handle())
    order = "[...document.querySelectorAll('.bd-article > section *')].map(e => e.tagName).join()"
    before = page.evaluate(order)
    place = page.locator(".course-slide-bar .place")
    count = int(place.inner_text().partition(" of ")[2])
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", printed)) == count
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".slide-page").count() == count
    assert page.locator(":is(.course-notes, .controls, .transport):visible").count() == 0
    for sheet in page.locator(".slide-page").all():
        assert sheet.evaluate(
            "s => s.scrollHeight <= s.clientHeight && s.scrollWidth <= s.clientWidth"
        )
    page.emulate_media(media="screen")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(order) == before
    assert place.inner_text() == f"1 of {count}"


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_axe_finds_nothing(visit, name, scheme):
    page = visit(name, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    live(page, page.locator(".course-figure").first)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run('.bd-article').then(found => found.violations)")
    assert [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ] == []


@pytest.mark.parametrize("name", ["for-teachers", "index", "lab", "quiz", "quiz-answers"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_without_figures_fit_a_phone_and_axe_finds_nothing(visit, name, scheme):
    page = visit(name, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run('.bd-article').then(found => found.violations)")
    assert [(one["id"], node["target"]) for one in found for node in one["nodes"]] == []


def test_the_printed_quiz_has_no_answers(visit):
    page = visit("quiz")
    questions = page.locator(".course-question")
    page.locator("input[type=radio]").first.check()
    assert page.locator(".verdict:not(:empty)").is_visible()
    assert not page.locator(".course-handout").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".course-handout").is_visible()
    for hidden in (
        ".verdict",
        ".unmarked",
        ".course-question button",
        ".course-top",
        ".on-screen",
        ".bd-header",
        ".prev-next-area",
    ):
        assert [one.is_visible() for one in page.locator(hidden).all()].count(True) == 0, hidden
    assert all(one.is_visible() for one in questions.all())


def test_paper_is_light_and_has_the_end_of_a_page(visit):
    page = visit("quiz", color_scheme="dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    last = page.locator(".course-question").last
    while last.count():  # a container that scrolls would cut the page off
        assert last.evaluate("e => getComputedStyle(e).overflowY") == "visible"
        last = last.locator("xpath=parent::*[not(self::html)]")
    page.emulate_media(media="screen", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_quiz_is_shown_question_by_question(visit):
    page = visit("quiz", "?slides")
    count = page.locator(".course-question").count()
    assert page.locator(".course-slide-bar .place").inner_text() == f"1 of {count}"
    for number in range(count):
        assert page.locator(f"#question-quiz-{number + 1}").is_visible()
        assert page.locator(".course-question:visible").count() == 1
        article = page.locator(".bd-article")
        assert article.evaluate("a => a.scrollHeight <= a.clientHeight"), f"question {number + 1}"
        page.keyboard.press("ArrowRight")


def test_a_handle_is_dragged(visit):
    page = visit("02-perceptron")
    figure = page.locator(".course-figure").first
    live(page, figure)
    box = figure.locator("[data-handle=sample]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    changes(page, figure, lambda: page.mouse.move(x + 150, y + 60, steps=4))
    page.mouse.up()
    page.wait_for_function(
        "f => f.innerText.includes('positive side')", arg=figure.element_handle()
    )


def test_a_figure_is_live_again_after_an_error(visit):
    page = visit("02-perceptron")
    figure = page.locator(".course-figure").first
    live(page, figure)
    figure.locator("select").evaluate(
        "select => { select.options[0].value = 'none'; select.value = 'none';"
        " select.dispatchEvent(new Event('change')); }"
    )
    error = figure.locator(".still.error")
    error.wait_for()
    assert "perceptron-line.activation" in error.inner_text()
    changes(page, figure, lambda: figure.locator("input[type=range]").first.press("End"))
    assert figure.evaluate("f => f.classList.contains('is-live')")
    assert not figure.locator(".still").is_visible()


def test_without_scripts_the_still_pictures_stay(visit):
    page = visit("02-perceptron", java_script_enabled=False)
    assert page.locator(".course-figure svg").count() >= 3
    assert "live on the website" in page.locator(".still").first.inner_text()
    assert page.locator(".course-question li").count() >= 4


def test_the_link_opens_the_experiment_in_the_playground(visit):
    page = visit("02-perceptron")
    page.get_by_role("link", name="Open in the playground").click()
    page.get_by_test_id("playground").wait_for()
    assert "/docs/" not in page.url
    assert "lesson=perceptron" in page.url


def test_a_visited_chapter_works_without_a_network(chromium):
    host = Host(SITE)
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(LOADED_MS)
    try:
        page.goto(f"{host.origin}/docs/course/02-perceptron.html")
        page.locator(LIVE).first.wait_for()
        page.evaluate("() => navigator.serviceWorker.ready.then(() => {})")
        page.wait_for_function(
            "async () => {"
            " const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));"
            " const kept = (await Promise.all(caches_.map((one) => one.keys()))).flat().length;"
            " const grows = kept !== window.kept; window.kept = kept; return !grows && kept > 20; }",
            polling=1500,
        )
        host.stop()
        page.goto("about:blank")
        page.goto(f"{host.origin}/docs/course/02-perceptron.html")
        page.locator(LIVE).first.wait_for()
    finally:
        context.close()
        host.stop()
