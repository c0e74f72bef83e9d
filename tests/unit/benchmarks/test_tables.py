"""The tables that nobody tuned on, and the page that is made of fits to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


@pytest.fixture(autouse=True)
def found(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_both_halves_have_every_table_once_and_half_of_each_kind():
    from unseen_tables import halves, sources

    tables = sources()
    dealt = halves(tables)
    names = [t.name for half in dealt.values() for t in half]
    assert sorted(names) == sorted(t.name for t in tables)
    for is_number in (False, True):
        dev, test = (
            sum((t.task == "regression") == is_number for t in dealt[half])
            for half in ("dev", "test")
        )
        assert dev - test in (0, 1)


def test_the_order_of_the_list_does_not_move_a_table_to_the_other_half():
    from unseen_tables import halves, sources

    assert halves(sources()) == halves(sources()[::-1])


def test_every_table_has_a_license_and_every_column_left_out_a_reason():
    from unseen_tables import sources

    for table in sources():
        assert table.license, table.name
        assert bool(table.drop) == bool(table.reason), table.name


def test_what_is_written_is_what_the_benchmark_reads(tmp_path):
    from table_data import entries, load
    from unseen_tables import sources, write

    write(tmp_path, [t for t in sources() if t.package == "scikit-learn"])
    cancer, diabetes = sorted(entries(tmp_path, []), key=lambda entry: entry.name)
    X, y = load(cancer, 8000)
    theirs = load_breast_cancer(as_frame=True)
    assert X.to_numpy().tolist() == theirs.data.to_numpy().tolist()
    assert y.tolist() == [str(code) for code in theirs.target]
    X, y = load(diabetes, 8000)
    theirs = load_diabetes(as_frame=True, scaled=False)
    assert X.columns.tolist() == theirs.data.columns.tolist()
    assert y.tolist() == theirs.target.tolist()


def test_a_column_that_is_not_there_is_named():
    import dataclasses

    from unseen_tables import read, sources

    (diabetes,) = (t for t in sources() if t.name == "diabetes")
    with pytest.raises(SystemExit, match="diabetes of scikit-learn has no column 'glucose'"):
        read(dataclasses.replace(diabetes, drop=("glucose",)))


def test_the_page_says_who_is_behind_and_about_which_tables(tmp_path, monkeypatch):
    import table_page
    from tables import Fit

    def fit(table: str, model: str, error: float) -> Fit:
        return Fit(table, "regression", 90, 0, model, 6000, 1, error=error, fit_cpu_s=1.0)

    models = ("deltarule", "catboost", "lightgbm", "xgboost")
    errors = {"won": (0.1, 0.2, 0.3, 0.4), "lost": (0.4, 0.2, 0.1, 0.3)}
    fits = [
        fit(table, model, error)
        for table, of_table in errors.items()
        for model, error in zip(models, of_table, strict=True)
    ]
    monkeypatch.setattr(table_page, "DOCS", tmp_path)
    table_page.write_page(fits, table_page.PAGES["unseen"])
    page = (tmp_path / "tables-unseen.md").read_text(encoding="utf-8")
    assert page.startswith("# Tables that nobody tuned on\n")
    assert "| **deltarule** | 2.50 |" in page  # ranks 1 and 4
    assert "| CatBoost | 2.00 |" in page  # ranks 2 and 2
    assert "Where it does worse than most: lost (rank 4)." in page
    assert (tmp_path / "images" / "tables-unseen.png").stat().st_size > 5000
