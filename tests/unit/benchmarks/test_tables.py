"""The unseen tables, and the page generated from fits to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"


@pytest.fixture(autouse=True)
def found(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def test_the_halves_contain_every_table_once_and_half_of_each_task():
    from unseen_tables import halves, sources

    tables = sources()
    divided = halves(tables)
    names = [t.name for half in divided.values() for t in half]
    assert sorted(names) == sorted(t.name for t in tables)
    for is_number in (False, True):
        dev, test = (
            sum((t.task == "regression") == is_number for t in divided[half])
            for half in ("dev", "test")
        )
        assert dev - test in (0, 1)


def test_the_halves_do_not_depend_on_the_order_of_the_list():
    from unseen_tables import halves, sources

    assert halves(sources()) == halves(sources()[::-1])


def test_every_table_has_a_license_and_every_dropped_column_a_reason():
    from unseen_tables import LIST, sources

    small = sources(LIST.with_name("small_regressions.csv"))
    assert len(small) == 55
    for table in (*sources(), *small):
        assert table.license, table.name
        assert bool(table.drop) == bool(table.reason), table.name


def test_written_tables_are_read_back_unchanged(tmp_path):
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


def test_a_missing_column_is_reported():
    import dataclasses

    from unseen_tables import read, sources

    (diabetes,) = (t for t in sources() if t.name == "diabetes")
    with pytest.raises(SystemExit, match="diabetes of scikit-learn has no column 'glucose'"):
        read(dataclasses.replace(diabetes, drop=("glucose",)))


def test_the_page_lists_ranks_and_the_worst_tables(tmp_path, monkeypatch):
    import table_page
    from tables import Fit

    def fit(table: str, model: str, error: float, seed: int) -> Fit:
        return Fit(table, "regression", 90, seed, model, 6000, 1, error=error, fit_cpu_s=1.0)

    models = ("deltarule", "catboost", "lightgbm", "xgboost")
    errors = {
        "won": (0.1, 0.2, 0.3, 0.4),
        "lost": (0.4, 0.2, 0.1, 0.3),
        "near": (4.2, 5, 4, 6),
        "easy": (0.2, 0.1, 0.0, 0.3),
    }
    fits = [
        fit(table, model, error + seed * (table == "near"), seed)
        for table, of_table in errors.items()
        for model, error in zip(models, of_table, strict=True)
        for seed in (0, 1)
    ]
    (tmp_path / "benchmarks").mkdir()
    monkeypatch.setattr(table_page, "DOCS", tmp_path)
    table_page.write_page(fits, table_page.PAGES["unseen"])
    page = (tmp_path / "benchmarks" / "unseen-tables.md").read_text(encoding="utf-8")
    assert page.startswith("# Benchmark on unseen tables\n")
    assert "| **deltarule** | 2.50 |" in page  # ranks 1, 4, 2 and 3
    assert "| CatBoost | 2.25 |" in page  # ranks 2, 2, 3 and 2
    assert "Its worst ranks: lost (rank 4)." in page
    behind = "easy (no error by LightGBM), lost (300.0% behind LightGBM), near (4.4% behind"
    assert behind in page
    assert page.count("models over the seeds on easy, lost.") == 1
    assert (tmp_path / "images" / "benchmark-unseen-tables.png").stat().st_size > 5000
