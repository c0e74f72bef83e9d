"""The card of a report: the whole page in a frame of its own."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule.drawing.svg import element
from deltarule.notebook.card import Card
from deltarule.notebook.dispatch import card_of
from deltarule.report.notebook_report import Report

_BASE = '<base href="about:srcdoc">'
"""Without it the links to sections would load the notebook's own page into the frame."""


@dataclass(frozen=True)
class FramedCard(Card):
    """A card with a page below it; where notebooks leave frames out, the card remains."""

    page: str = ""
    height: int = 0

    def html(self) -> str:
        """Return the HTML. The frame is not counted in the bound of a card: people asked for it."""
        # The page allows no base after its policy. An empty sandbox: it may run no script and reach
        # nothing of the notebook.
        page = self.page.replace("<head>", f"<head>{_BASE}", 1)
        frame = element(
            "iframe", srcdoc=page, sandbox="", title="Report", loading="lazy",
            style=f"width: 100%; height: {self.height}px; border: 0; border-radius: 6px; "
            "margin-top: .6rem; background: #fff;",
        )  # fmt: skip
        card = super().html()
        return f"{card.removesuffix('</div>')}{frame}</div>"


@card_of.register
def report_card(report: Report) -> Card:
    """Return the card of a report."""
    return FramedCard(
        "Report",
        f"{report._sentence()}.",
        note='report.save("report.html") writes this page to a file, which any browser opens.',
        page=report.html,
        height=report.height,
    )
