"""The output of verbose."""

from __future__ import annotations

import io
import sys

import pytest
from faces.sklearn.data import flowers

from deltarule import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Terminal(io.StringIO):
    """Standard output that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_lines_equal_scikit_learns(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = flowers()
    model = MLPClassifier(max_iter=3, verbose=True, early_stopping=True).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    expected = []
    for i, (loss, score) in enumerate(
        zip(model.loss_curve_, model.validation_scores_, strict=True)
    ):
        expected += [f"Iteration {i + 1}, loss = {loss:.8f}", f"Validation score: {score:f}"]
    assert lines[:-1] == expected


def test_a_terminal_shows_one_line_that_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = flowers()
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    model = MLPClassifier(max_iter=30, verbose=1).fit(X, y)
    text = terminal.getvalue()
    assert text.count("\n") == 2  # after the bar and after the reason
    assert "30/30 " + "━" * 24 in text
    assert f"loss {model.loss_:.4g}" in text
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    MLPClassifier(max_iter=2, verbose=2).fit(X, y)
    assert terminal.getvalue().startswith("Iteration 1, loss = ")


def test_silence_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = flowers()
    MLPClassifier(max_iter=2).fit(X, y)
    assert capsys.readouterr() == ("", "")
