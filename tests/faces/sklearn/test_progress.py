"""The output of verbose."""

from __future__ import annotations

import io
import sys

import pytest
import sklearn.neural_network as peer
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


def test_lines_of_an_adaptive_rate_are_scikit_learns(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = flowers()
    settings = {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.5, "tol": 1e-3,
                "batch_size": len(X), "shuffle": False, "max_iter": 400, "verbose": True,
                "n_iter_no_change": 3, "random_state": 1}  # fmt: skip
    peer.MLPClassifier((8,), **settings).fit(X, y)
    expected = capsys.readouterr().out
    assert "Setting learning rate to 0.100000" in expected
    assert "Learning rate too small. Stopping." in expected
    MLPClassifier((8,), **settings).fit(X, y)
    assert capsys.readouterr().out == expected


@pytest.mark.parametrize("verbose", [True, 2])
def test_partial_fit_prints_one_line(capsys: pytest.CaptureFixture[str], verbose: object) -> None:
    X, y = flowers()
    printed = []
    for estimator in (peer.MLPClassifier, MLPClassifier):
        model = estimator((8,), batch_size=len(X), shuffle=False, verbose=verbose, random_state=1)
        for _ in range(3):
            model.partial_fit(X, y, classes=[0, 1, 2])
        printed.append(capsys.readouterr().out)
    assert printed[1] == printed[0]
    assert len(printed[0].splitlines()) == 3


def test_silence_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = flowers()
    MLPClassifier(max_iter=2).fit(X, y)
    assert capsys.readouterr() == ("", "")
