"""The slides of the course: they fit, go on with keys, have notes and a presenter's window, and print."""

from __future__ import annotations

import re

import pytest
from browser.course_pages import each_page, live, resize, site_is_built

pytestmark = site_is_built


@each_page
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080)])
def test_slides_fit_the_window(slides, width, height):
    page = slides
    resize(page, width, height)
    page.keyboard.press("Home")
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
    page.keyboard.press("n")
    assert page.locator("body.with-notes").count() == 0


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
