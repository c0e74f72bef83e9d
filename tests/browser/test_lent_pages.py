"""Pages that tests use one after another keep nothing of the test before."""

from __future__ import annotations

from browser.lent_pages import LentPages

WRITE = """() => {
    localStorage.setItem("kept", "1");
    sessionStorage.setItem("kept", "1");
    document.cookie = "kept=1";
}"""
READ = """() => [
    localStorage.getItem("kept"), sessionStorage.getItem("kept"), document.cookie, innerWidth,
    matchMedia("(prefers-color-scheme: dark)").matches,
]"""


def test_a_page_that_was_given_back_keeps_nothing(chromium, address):
    lent = LentPages(chromium)
    page = lent.borrow(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page.goto(address)
    page.evaluate(WRITE)
    assert page.evaluate(READ) == ["1", "1", "kept=1", 390, True]
    lent.give_back(page)
    assert page.context.cookies() == []
    again = lent.borrow(viewport={"width": 800, "height": 600})
    assert again is page
    again.goto(address)
    assert again.evaluate(READ) == [None, None, "", 800, False]
    lent.close()


def test_pages_that_are_lent_at_once_or_with_other_options_share_nothing(chromium):
    lent = LentPages(chromium)
    size = {"width": 390, "height": 844}
    pages = [lent.borrow(viewport=size), lent.borrow(viewport=size)]
    contexts = {page.context for page in pages}
    lent.give_back(pages[0])  # shows nothing whose storage could be cleared
    assert pages[0].is_closed()
    pages.append(lent.borrow(viewport=size, has_touch=True))
    assert len({*contexts, lent.borrow(viewport=size).context, pages[-1].context}) == 4
    lent.close()
