"""What is in the window: menus, learning rate, curves and wide networks, from phone to projector."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser.conftest import CHROMIUM, FLAGS
from browser.screen import Screen

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SIZES = [(360, 740), (390, 844), (540, 800), (768, 1024), (1440, 900), (1920, 1080)]
DEEP = "layers=" + ",".join(["8tanh"] * 6)
FINGER_PX = 44
LABELS = ".toy, .chip, .answer, .segmented label, .switch, .columns label"


def box(screen, testid: str) -> dict[str, float]:
    """Return the place of an element in the window."""
    return screen.find(testid).bounding_box()


def is_seen(screen, testid: str) -> bool:
    """Return whether all of an element is in the window, and nothing lies over its middle."""
    return screen.find(testid).evaluate(
        """e => {
            const box = e.getBoundingClientRect();
            const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return box.left >= 0 && box.top >= 0 && box.right <= innerWidth
                && box.bottom <= innerHeight && (e.contains(top) || top.contains(e));
        }"""
    )


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("menu", ["presets", "share"])
def test_menus_open_inside_the_window(tab, menu, width, height):
    screen = tab(viewport={"width": width, "height": height})
    screen.click(menu)
    panel = screen.page.locator(".menu-panel:visible").bounding_box()
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= width
    assert panel["y"] + panel["height"] <= height
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= width
    last = screen.page.locator(".menu-panel:visible .menu-item").last
    last.scroll_into_view_if_needed()
    reached = last.bounding_box()
    assert reached["y"] + reached["height"] <= height


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080)])
def test_with_a_lesson_open_the_learning_rate_curves_and_surface_are_seen(tab, width, height):
    screen = tab(viewport={"width": width, "height": height})
    screen.click("presets")
    screen.click("preset-overfitting")
    screen.find("idea").wait_for()
    for testid in ("learning-rate-slider", "learning-rate", "chart-loss", "chart-score"):
        assert is_seen(screen, testid), testid
    assert is_seen(screen, "surface-canvas")


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_learning_rate_stays_in_the_window_while_the_page_is_scrolled(tab, width, height):
    screen = tab(viewport={"width": width, "height": height})
    screen.page.evaluate("scrollTo(0, 600)")
    assert is_seen(screen, "learning-rate")
    assert is_seen(screen, "play")


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1440, 900)])
@pytest.mark.parametrize("units", [4, 8])
def test_a_network_with_six_hidden_layers_fits_a_laptop(tab, width, height, units):
    layers = DEEP.replace("8tanh", f"{units}tanh")
    screen = tab(layers, viewport={"width": width, "height": height})
    assert is_seen(screen, "unit-6-0")
    scroll = screen.find("network-scroll")
    assert scroll.evaluate("e => e.scrollWidth <= e.clientWidth + 1")
    heads = [box(screen, f"column-{layer}") for layer in range(6)]
    for layer, head in enumerate(heads[:-1]):
        button = box(screen, f"remove-layer-{layer}")
        title = screen.find(f"column-{layer + 1}").locator("h3").bounding_box()
        assert button["x"] + button["width"] / 2 < heads[layer + 1]["x"], head
        assert button["x"] + button["width"] * 0.75 < title["x"] + 1  # the cross in its middle


@pytest.mark.parametrize("options", [{"viewport": {"width": 1120, "height": 800}}, PHONE])
def test_the_output_of_a_wide_network_is_reached_by_scrolling(tab, options):
    screen = tab(DEEP, **options)
    scroll = screen.find("network-scroll")
    assert scroll.get_attribute("role") == "region"
    screen.find("unit-6-0").scroll_into_view_if_needed()
    frame, output = scroll.bounding_box(), box(screen, "unit-6-0")
    assert output["x"] >= frame["x"]
    assert output["x"] + output["width"] <= frame["x"] + frame["width"]
    width = options["viewport"]["width"]
    assert screen.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "data", ["moons", "circles", "xor", "spirals", "blobs", "blobs4", "plane", "hills", "iris"]
)
@pytest.mark.parametrize("units", [4, 8])
def test_a_phone_shows_two_hidden_layers_between_inputs_and_output(tab, data, units):
    screen = tab(f"data={data}&layers={units}leaky_relu,{units}exponential", **PHONE)
    scroll = screen.find("network-scroll")
    assert scroll.evaluate("e => e.scrollWidth <= e.clientWidth")
    for layer in range(2):  # no target lies under another one
        for button in (f"remove-layer-{layer}", f"fewer-units-{layer}", f"more-units-{layer}"):
            screen.find(button).scroll_into_view_if_needed()
            assert screen.find(button).evaluate(
                """(e, half) => {
                    const box = e.getBoundingClientRect();
                    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                    return [[-half, 0], [half, 0], [0, -half], [0, half]].every(([dx, dy]) =>
                        e.contains(document.elementFromPoint(x + dx, y + dy)));
                }""",
                FINGER_PX / 2 - 1,
            ), button


def test_a_wide_network_has_a_scroll_bar_that_is_seen(chromium, address):
    shown = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=list(FLAGS), ignore_default_args=["--hide-scrollbars"]
    )
    screen = Screen(shown.new_page(viewport={"width": 1200, "height": 800}), address).open(DEEP)
    scroll = screen.find("network-scroll")
    assert scroll.evaluate("e => e.offsetHeight - e.clientHeight") >= 8
    shown.close()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_chosen_entry_of_a_menu_is_cut(tab, width, height):
    screen = tab(
        "layers=8leaky_relu,8exponential&schedule=inverse_scaling&optimizer=momentum"
        "&initializer=truncated_normal",
        viewport={"width": width, "height": height},
    )
    screen.fast()
    cut = screen.page.evaluate(
        """() => [...document.querySelectorAll(".select")].filter(e => {
            const frame = e.getBoundingClientRect();
            const text = e.firstElementChild.getBoundingClientRect();
            return text.width === 0 || text.left < frame.left || text.right > frame.right
                || text.top < frame.top || text.bottom > frame.bottom;
        }).map(e => e.textContent)"""
    )
    assert cut == []


@pytest.fixture(scope="module")
def trained(address, pages, more) -> Iterator[Screen]:
    """An experiment after more than a thousand epochs, for windows of all sizes."""
    screen = Screen(pages.borrow(viewport={"width": 1440, "height": 900}), address)
    screen.open(f"data=moons&layers=8tanh,8tanh&epochs=20000{more}").train(1000)
    yield screen
    screen.unwatch()
    pages.give_back(screen.page)
    assert screen.errors == []


@pytest.mark.parametrize(("width", "height"), [*SIZES, (1120, 700), (1280, 720), (1366, 768)])
@pytest.mark.parametrize(
    "more", ["", "&schedule=cosine", "&lecture=yes&schedule=cosine"], scope="module"
)
def test_all_figures_are_in_the_bar_and_none_lies_over_another_part(trained, width, height):
    screen = trained
    screen.page.set_viewport_size({"width": width, "height": height})
    screen.click("step")
    screen.settled()
    bar, *inside = screen.find("transport").evaluate(
        """bar => [bar, ...bar.querySelectorAll(
            "button, .select, fieldset input, .figures > div")]
            .filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().toJSON())"""
    )
    assert len(inside) >= 5 + 1 + 2 + 4
    for i, part in enumerate(inside):
        assert part["left"] >= bar["left"]
        assert part["right"] <= bar["right"]
        for other in inside[:i]:
            wide, high = (
                min(part[end], other[end]) - max(part[start], other[start])
                for start, end in (("left", "right"), ("top", "bottom"))
            )
            assert min(wide, high) <= 1, (part, other)
    body = screen.page.locator(".parts").evaluate(
        "e => parseFloat(getComputedStyle(e).paddingBottom)"
    )
    assert width >= 720 or body >= bar["height"]  # nothing is left below a bar at the bottom


def test_on_a_phone_the_surface_begins_below_two_rows_of_buttons(tab):
    screen = tab(**PHONE)
    assert box(screen, "card-surface")["y"] <= 3 * FINGER_PX
    menus = [box(screen, testid) for testid in ("presets", "share")]
    assert menus[0]["y"] == menus[1]["y"]
    assert is_seen(screen, "theme")


@pytest.mark.parametrize(
    ("fragment", "opened"),
    [
        ("data=iris&layers=8tanh,8tanh", "layer-settings"),
        ("data=xor&lesson=overfitting", "unit-0-0"),
    ],
)
def test_fingers_find_targets_of_44_pixels(tab, fragment, opened):
    screen = tab(fragment, **PHONE)
    (screen.find(opened).locator("summary").or_(screen.find(opened))).first.click()
    small = screen.page.evaluate(
        """([least, labels]) => [...document.querySelectorAll(
            "button, select, input, summary, .toy, .chip, .segmented label, .switch")]
            .filter(e => e.checkVisibility() && !e.classList.contains("unseen"))
            .map(e => {
                const target = e.closest(labels) ?? e;
                const box = target.getBoundingClientRect();
                const more = parseFloat(getComputedStyle(e, "::before").top) || 0;
                const [w, h] = [box.width - 2 * Math.min(more, 0), box.height - 2 * Math.min(more, 0)];
                return [e.dataset.testid ?? e.textContent ?? "", Math.round(w), Math.round(h)];
            })
            .filter(([, w, h]) => w < least || h < least)""",
        [FINGER_PX, LABELS],
    )
    assert small == []
