"""The colors that the report, the plots and the playground share."""

from __future__ import annotations

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


def test_of_two_classes_the_second_has_the_positive_color_family():
    assert palette.class_color(0, 2) == "#ee7733"
    assert palette.class_color(1, 2) == palette.class_color(0, 3) == "#0077bb"
    assert palette.class_color(11) == palette.class_color(0)


def test_css_variables_are_named_after_the_colors():
    css = palette.css_variables(palette.LIGHT)
    assert "--negative-tint: #fbe4d5;" in css
    assert "signed" not in css
