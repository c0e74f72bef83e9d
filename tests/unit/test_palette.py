"""The colors that the report, the plots and the playground share."""

from __future__ import annotations

import colorsys

import pytest

from deltarule._common import palette

PAGES = pytest.mark.parametrize("theme", [palette.LIGHT, palette.DARK])


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""

    def luminance(color: str) -> float:
        parts = [part / 255 for part in palette.rgb(color)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@PAGES
@pytest.mark.parametrize("name", ["ink", "soft", "accent", "alarm"])
@pytest.mark.parametrize("ground", ["paper", "card"])
def test_text_has_a_contrast_of_4_5(theme, name, ground):
    assert contrast(getattr(theme, name), getattr(theme, ground)) >= 4.5


@PAGES
@pytest.mark.parametrize("name", ["positive", "negative", "edge"])
def test_lines_have_a_contrast_of_3(theme, name):
    assert contrast(getattr(theme, name), theme.card) >= 3


@PAGES
def test_the_points_of_every_class_and_all_curves_have_a_contrast_of_3(theme):
    colors = [*theme.classes, *theme.series, theme.training, theme.validation, theme.test]
    assert len(theme.classes) == len(palette.CLASS_COLORS)
    assert [color for color in colors if contrast(color, theme.card) < 3] == []


@PAGES
def test_a_color_has_one_meaning(theme):
    meanings = [
        *theme.classes[:2], *theme.series, theme.training, theme.validation,
        theme.alarm, theme.accent, palette.CIVIDIS[0],
    ]  # fmt: skip
    assert len(set(meanings)) == len(meanings)


def hue(color: str) -> float:
    red, green, blue = (part / 255 for part in palette.rgb(color))
    return colorsys.rgb_to_hls(red, green, blue)[0]


@PAGES
def test_the_first_two_classes_have_the_hues_of_negative_and_positive(theme):
    for place, sign in enumerate((theme.negative, theme.positive)):
        assert hue(theme.classes[place]) == pytest.approx(hue(sign), abs=0.03)


@PAGES
def test_the_points_of_a_class_have_the_hue_of_its_area(theme):
    for point, area in zip(theme.classes, palette.CLASS_COLORS, strict=True):
        assert hue(point) == pytest.approx(hue(area), abs=0.04)


def test_colors_of_classes_repeat_after_the_last():
    assert palette.class_color(11) == palette.class_color(0) == "#ee7733"
    assert palette.class_color(1) == "#0077bb"


def test_css_variables_are_named_after_the_colors():
    css = palette.css_variables(palette.LIGHT)
    assert "--negative-tint: #fbe4d5;" in css
    assert f"--class-1: {palette.LIGHT.classes[1]};" in css
    assert "signed" not in css
