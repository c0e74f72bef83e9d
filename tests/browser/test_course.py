"""The course on the website: chapters are live, mark answers, fit phones and paper, need no network."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from browser.course_pages import (
    LOADED_MS,
    PAGES,
    changes,
    each_page,
    live,
    resize,
    sentences_as_built,
    site_is_built,
)
from browser.screen import CHECKOUT, pixels_of
from browser.web_host import SITE, Host

from deltarule import course

AXE = CHECKOUT / "web" / "node_modules" / "axe-core" / "axe.min.js"
LIVE = ".course-figure.is-live"

pytestmark = site_is_built


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_axe_finds_nothing(chapter, scheme):
    resize(chapter, 390, 844, scheme)
    live(chapter, chapter.locator(".course-figure").first)
    assert chapter.evaluate("document.documentElement.scrollWidth") <= 390
    chapter.add_script_tag(path=str(AXE))
    found = chapter.evaluate("axe.run('.bd-article').then(found => found.violations)")
    assert [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ] == []


@each_page
def test_figures_are_live_and_every_control_works(chapter):
    page = chapter
    resize(page, 1366, 768)
    figures = page.locator(".course-figure")
    assert figures.count() > 0
    for figure, built in zip(figures.all(), sentences_as_built(page), strict=True):
        live(page, figure)
        assert figure.locator(".sentence").text_content() == built
        still = figure.locator(".sentence").inner_text()
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
            begin = pixels_of(figure.locator(".picture"))
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
            trained = pixels_of(figure.locator(".picture"))
            assert begin.shape != trained.shape or (begin != trained).any(axis=2).sum() > 50
        assert figure.locator(".error").count() == 0


@pytest.mark.parametrize("name", [*PAGES, "quiz"], scope="module")
def test_answers_are_marked_right_and_wrong(chapter):
    for place in chapter.locator(".course-question").all():
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


def test_weight_decay_trains_in_the_page_and_pulls_the_weights_in(visit):
    page = visit("17-overfitting")
    figure = page.locator("[data-figure=weight-decay]")
    live(page, figure)
    slider = figure.locator("input[type=range]")
    assert slider.get_attribute("aria-valuetext") == "none"
    figure.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "f => f.innerText.includes('Epoch 1,000:') && f.innerText.includes('Play')",
        arg=figure.element_handle(),
    )
    slopes, losses, names, colored = [], [], [], []
    for place in range(8):
        if place:
            changes(page, figure, lambda: slider.press("ArrowRight"))
        sentence = figure.locator(".sentence").inner_text()
        names.append(slider.get_attribute("aria-valuetext"))
        assert figure.locator("output").inner_text() == names[-1]
        found = re.search(r"data loss (\S+) \+ penalty (\S+) = J (\S+)\. V", sentence).groups()
        assert float(found[0]) + float(found[1]) == pytest.approx(float(found[2]), abs=1e-9)
        losses.append(float(re.search(r"Validation loss ([\d.]+),", sentence)[1]))
        slopes.append(float(re.search(r"slope of the curve is ([\d.]+)\.", sentence)[1]))
        picture = pixels_of(figure.locator(".picture svg").first).astype(int)
        weights = picture[int(0.65 * len(picture)) :]  # the histogram, under the curve
        colored.append(int((np.ptp(weights, axis=2) > 30).sum()))
    assert names == ["none", "0.0001", "0.0003", "0.001", "0.003", "0.01", "0.03", "0.1"]
    assert slopes == sorted(slopes, reverse=True)
    assert slopes[0] > 20 * slopes[-1]
    assert min(losses) == losses[3] < 0.7 * losses[0] < 0.3 * losses[-1]
    assert "the lowest is that of λ = 0.001." in sentence
    assert colored[0] > 1.5 * colored[3] > 1.5 * colored[7] > 0
    # Strong penalties have one minimum, and the page finds that of the library.
    shown = course.figure("weight-decay", penalty=5)
    while shown.step():
        pass
    assert losses[5] == pytest.approx(shown.losses[5].validation, rel=0.01)


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
