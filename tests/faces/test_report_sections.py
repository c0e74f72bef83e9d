"""The report's sections for a user: comparison, curves, worst rows, distributions and the model card."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from faces.conftest import ENGINE

import deltarule
from deltarule.cli import main
from deltarule.errors import FileError
from deltarule.report import render_report
from deltarule.report.explanation import Explanation
from deltarule.report.model_card import FIELDS, read_card
from deltarule.report.surface_section import surface_section
from deltarule.report.threshold_charts import threshold_table
from deltarule.table_model import TableResult
from deltarule.table_model.threshold_curve import threshold_curve

ROWS = 240


@pytest.fixture(scope="module")
def result() -> TableResult:
    """Two classes by a: no, yes, and no again; b is 0 in 95 % of the rows."""
    random = np.random.default_rng(5)
    a, c = random.normal(size=(2, ROWS))
    labels = np.where(a > 0, "yes", "no").astype(object)
    labels[np.argsort(-a)[:30]] = "no"
    table = {"a": a, "b": (np.arange(ROWS) % 20 == 0) * a, "c": c, "label": labels}
    return deltarule.train(table, "label", epochs=10, hidden=(4,), folds=2, engine=ENGINE, seed=3)


def cells(html: str, anchor: str) -> list[list[str]]:
    """Return the rows of the tables of a section."""
    section = html[html.index(f'<section id="{anchor}"') :]
    section = section[: section.index("</section>")]
    return [
        re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row)
        for row in re.findall(r"<tr>.*?</tr>", section, re.DOTALL)
    ]


def test_the_model_is_compared_with_simple_ones(result: TableResult) -> None:
    rows = cells(render_report(result), "result")
    assert rows[0] == ["Model", "Log loss", "Accuracy", "Balanced accuracy", "F1", "ROC AUC"]
    assert {row[0] for row in rows[1:]} == {"This model", "A linear model", "Always &#39;no&#39;"}
    losses = [float(row[1]) for row in rows[1:]]
    assert losses == sorted(losses)
    constant = next(row for row in rows if row[0].startswith("Always"))
    assert constant[-1] == "0.5"  # a constant cannot rank


def test_the_worst_rows_are_those_with_the_lowest_probability(result: TableResult) -> None:
    rows = cells(render_report(result), "worst-rows")
    assert rows[0][:4] == ["Row", "Actual", "Predicted", "P(actual)"]
    probabilities = result.test_prediction.probabilities
    assert probabilities is not None
    of_truth = probabilities[np.arange(len(result.test_truth)), result.test_truth]
    first = int(result.split.test[of_truth.argmin()])
    assert rows[1][0] == str(first + 1)
    assert rows[1][1] == result.table["label"].texts()[first]
    assert len(rows) == 13
    assert sorted(rows[0][4:]) == ["a", "b", "c"]


def test_rows_can_be_left_out(result: TableResult) -> None:
    html = render_report(result, rows=False)
    assert 'id="worst-rows"' not in html
    assert "Rows with the largest errors" not in html


def test_the_threshold_section_shows_the_areas_of_the_scores(result: TableResult) -> None:
    html = render_report(result)
    scores = result.scores
    assert f"ROC AUC {scores.roc_auc:.3g}" in html
    assert f"AP {scores.average_precision:.3g}" in html
    assert "The model uses 0.5: the more probable class." in html


def test_the_table_of_thresholds_counts_rows() -> None:
    """Probabilities 0.2, 0.4, 0.6, 0.8 of which the second and fourth are positive."""
    curve = threshold_curve(np.array([0.2, 0.4, 0.6, 0.8]), np.array([False, True, False, True]))
    header, rows = threshold_table(curve)
    by_threshold = {row[0]: row[1:] for row in rows}
    assert header[1:3] == ["Predicted as positive", "Precision"]
    assert by_threshold["0.10"] == ["4", "0.5", "1", "0.667", "1"]
    assert by_threshold["0.50"] == ["2", "0.5", "0.5", "0.5", "0.5"]
    assert by_threshold["0.70"] == ["1", "1", "0.5", "0.667", "0"]
    assert by_threshold["0.90"] == ["0", "1", "0", "0", "0"]


def test_importance_and_surface_come_from_one_computation(result: TableResult) -> None:
    explanation = Explanation(result)
    assert "on the 48 test rows when the values of a column are shuffled" in render_report(result)
    assert {one.rows for one in explanation.importances} == {48}
    first = [one.column for one in explanation.importances]
    assert first[0] == "a"
    lead = surface_section(explanation).lead
    if first[1] == "c":
        assert lead.startswith("“a” and “c” are the two most important numerical columns (see")
    else:
        assert "Not drawn: “b” (the same value in 9" in lead


def test_the_split_and_the_date_are_stated(result: TableResult) -> None:
    html = render_report(result, created=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    assert "at random with the same shares of the classes, seed 3" in html
    assert "2026-01-02 03:04 UTC" in html


def test_the_date_of_reproducible_builds_is_used(
    result: TableResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "1970-01-02 00:00 UTC" in render_report(result)


def test_a_card_is_filled_in_and_the_rest_stays_open(result: TableResult) -> None:
    card = {"intended use": "Sorting <b>mail</b>.\n\nNothing else.", "Ethics board": "Approved."}
    html = render_report(result, card=card)
    assert "<p>Sorting &lt;b&gt;mail&lt;/b&gt;.</p><p>Nothing else.</p>" in html
    assert "Ethics board" in html
    assert all(title in html for title in FIELDS)
    assert html.count('contenteditable="true"') == len(FIELDS) + 1
    assert "were measured on 48 rows and are uncertain" in html  # the limits that are known


def test_a_card_file_is_read_by_its_headings(tmp_path: Path) -> None:
    path = tmp_path / "card.md"
    path.write_text("# Mail\n\n## Intended use\nSorting.\n\n- letters\n## Contact\n\nMe\n")
    assert read_card(path) == {"Intended use": "Sorting.\n\n- letters", "Contact": "Me"}
    path.write_text("Sorting")
    with pytest.raises(FileError, match="has no headings: begin each section with one"):
        read_card(path)
    with pytest.raises(FileError, match="cannot be read: No such file"):
        read_card(tmp_path / "none.md")


def test_card_and_rows_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = ["x,y", *(f"{i},{i % 7}" for i in range(60))]
    Path("t.csv").write_text("\n".join(lines))
    Path("card.md").write_text("## Intended use\nCounting weeks.\n")
    words = ["train", "t.csv", "--target", "y", "--task", "regression", "--engine", ENGINE]
    quick = ["--epochs", "2", "--hidden", "4", "--folds", "1", "--quiet", "--out", "m"]
    assert main([*words, *quick, "--card", "card.md", "--no-rows"]) == 0
    html = Path("m/report.html").read_text(encoding="utf-8")
    assert "Counting weeks." in html
    assert "--no-rows --card card.md" in html  # the command that repeats the run
    assert 'id="worst-rows"' not in html
    assert main([*words, *quick, "--card", "none.md"]) == 2
    assert "none.md cannot be read" in capsys.readouterr().err
    assert main([*words, *quick, "--no-rows", "--no-report"]) == 2
    assert "--no-rows applies to the report" in capsys.readouterr().err
