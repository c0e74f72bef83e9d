"""Why the networks of a table stopped, in a sentence."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from deltarule.stopping import StopReason
from deltarule.table_model.stop_explanation import explain_stop


def test_epochs_have_a_thousands_separator_as_on_the_progress_lines():
    def ended(epochs: int, kept: int) -> Any:
        return SimpleNamespace(
            history=range(epochs),
            kept_epoch=kept,
            reason=StopReason.NO_PROGRESS,
            comparison="",
            divergence=None,
        )

    assert explain_stop([ended(4000, 3975), ended(1200, 900)], 2, 4000) == (
        "2 networks trained for 1,200 to 4,000 epochs. "
        "Each kept its best epoch by validation loss (900 to 3,975)."
    )
    assert "trained for 1,200 epochs." in explain_stop([ended(1200, 900)] * 2, 2, 4000)
