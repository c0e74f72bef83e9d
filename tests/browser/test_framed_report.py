"""The report of a table as a notebook shows it, in a frame."""

from __future__ import annotations

import deltarule as dr


def test_links_to_sections_stay_in_the_report(chromium):
    table = {"x": [*range(40)], "y": ["low", "high"] * 20}
    report = dr.train(table, "y", folds=1, epochs=2, hidden=(3,)).report()
    page = chromium.new_page()
    page.set_content(f"<h1>The notebook</h1>{report._repr_html_()}")
    frame = page.frame_locator("iframe")
    frame.locator("nav a[href='#settings']").click()
    assert frame.locator("#settings").is_visible()
    assert frame.locator("h1").inner_text() == "Predicting y"
    assert page.frames[1].url == "about:srcdoc#settings"
    page.close()
