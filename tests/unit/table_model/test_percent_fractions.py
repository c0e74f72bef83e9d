"""Numbers without a percent sign in a column that training wrote in percent: 0.2 is 0.2%, with a note."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from workbooks import workbook

import deltarule as dr
from deltarule.cli import main
from deltarule.data import read_table
from deltarule.data.read_options import ReadOptions
from deltarule.data.schema_inference import SchemaHints
from deltarule.data.streamed_table import streamed_table
from deltarule.engines.native_module import is_available
from deltarule.table_model.evaluation import evaluation_rows
from deltarule.table_model.streamed_prediction import BatchPredictor

SETTINGS: dict[str, Any] = {"epochs": 2, "folds": 2, "hidden": (4,), "seed": 0}
ROW = {"discount": "20%", "weight": "3.5 kg"}
NOTE = (
    "Column 'discount' was written in percent in training (0 to 20), but 1 row has a number without a "
    "percent sign, such as 0.2, which is read as 0.2%: write 20% or 20 if fractions are meant."
)


def trained(percentages: list[float]) -> dr.TableModel:
    random = np.random.default_rng(0)
    discount = random.choice(percentages, 300)
    table = {
        "discount": [f"{number:g}%" for number in discount],
        "weight": [f"{number:.1f} kg" for number in random.uniform(1, 9, 300)],
        "price": (150 - discount + random.normal(size=300)).tolist(),
    }
    return dr.train(table, "price", **SETTINGS).model


@pytest.fixture(scope="module")
def model() -> dr.TableModel:
    return trained([0, 10, 20])


def changed(cell: object) -> dict[str, object]:
    return ROW | {"discount": cell}


@pytest.mark.parametrize("cell", [0.2, "0.2", " 0.2 ", np.float64(0.2), np.float32(0.2)])
def test_a_number_that_seems_to_be_a_fraction_is_noted_and_not_converted(model, cell):
    prediction = model.predict(changed(cell))
    assert prediction.notes == (NOTE,)
    expected = model.predict(changed("0.2%")).values
    assert prediction.values == pytest.approx(expected, rel=1e-6)
    assert prediction.values != pytest.approx(model.predict(ROW).values, rel=1e-6)


@pytest.mark.parametrize("cell", ["0.2%", "0,2 %", "20%", 20, "20", 0, 1, 2.5, None, -0.0])
def test_other_cells_have_no_note(model, cell):
    assert not any("percent" in note for note in model.predict(changed(cell)).notes)


def test_numbers_in_percent_are_those_of_texts(model):
    assert model.predict(changed(20)).values == model.predict(changed("20%")).values


@pytest.mark.parametrize("rows", [3, 600])
@pytest.mark.parametrize("make", [pd.DataFrame, dict, lambda rows: rows])
def test_frames_are_noted_with_the_number_of_rows(model, rows, make):
    table = {"discount": [0.1, 0.2, 0.0] * (rows // 3), "weight": ["3.5 kg"] * rows}
    first = model.predict(make(table)).notes[0]
    assert first == (
        f"Column 'discount' was written in percent in training (0 to 20), but {rows * 2 // 3} rows have "
        "numbers without a percent sign, such as 0.1, which are read as 0.1%: write 10% or 10 if "
        "fractions are meant."
    )


@pytest.mark.parametrize("cells", [[10, 20, 0.5], ["0.1", "20", "0.2%"], [0.1, 5, None]])
def test_numbers_beyond_1_show_that_percent_is_meant(model, cells):
    table = pd.DataFrame({"discount": cells, "weight": "3.5 kg"})
    assert model.predict(table).notes == ()


def test_signs_and_fractions_beside_each_other_are_noted(model):
    table = pd.DataFrame({"discount": ["20%", "0.2", "10%"], "weight": "3.5 kg"})
    assert model.predict(table).notes == (NOTE,)


def test_percentages_below_1_are_usual_where_training_has_them():
    rates = trained([0.2, 0.4, 0.5, 0.7, 0.9, 2])
    assert rates.predict(changed(0.3)).notes == ()
    assert trained([0.1, 0.2]).predict(changed(0.15)).notes == ()


def test_negative_fractions_are_noted(model):
    growth = trained([-30, -10, 5, 20])
    (note,) = growth.predict(changed(-0.1)).notes
    assert "(−30 to 20)" in note
    assert "write −10% or −10 if" in note


def test_a_number_without_another_unit_is_one_of_it_and_another_unit_is_noted(model):
    bare, with_unit = (model.predict(ROW | {"weight": cell}) for cell in (3.5, "3.5 kg"))
    assert bare.notes == with_unit.notes == ()
    assert bare.values == with_unit.values
    (note,) = model.predict(ROW | {"weight": "3.5 lb"}).notes
    assert note == (
        "1 of 1 values of column 'weight' is not a number (for example '3.5 lb' in row 1) and is treated "
        "as missing."
    )


@pytest.mark.skipif(not is_available(), reason="The native engine was not built.")
def test_only_fractions_leave_the_compiled_encoder(model):
    usual = model.predictor().usual_rows
    for cell in (20, 0, 1, 2.5, None):
        assert usual.features({"discount": cell, "weight": 3.5}) is not None
    assert usual.features({"discount": 0.2, "weight": 3.5}) is None


def test_tables_that_were_read_before_keep_what_had_no_sign(model):
    read = read_table({"discount": ["20%", "0.2"], "weight": ["3 kg", "4 kg"]}, schema=model.schema)
    assert read["discount"].without_percent_sign.tolist() == [False, True]
    assert read["weight"].without_percent_sign is None
    assert model.predict(read).notes == (NOTE,)
    assert model.predict(read.select(np.array([0]))).notes == ()
    typed = read_table(pd.DataFrame({"discount": [0.2], "weight": [3.0]}))
    assert model.predict(typed).notes == (NOTE,)


def test_evaluations_note_it_too(model):
    assert model.evaluate(changed(0.2) | {"price": 130}).notes == (NOTE,)


def test_a_target_in_percent_is_noted_where_it_seems_to_be_a_fraction():
    table = {"x": [*range(90)], "margin": [f"{10 + i / 4:.2f}%" for i in range(90)]}
    model = dr.train(table, "margin", **SETTINGS).model
    found = {}
    for cells in ([0.1, 0.3, None], [10, 30, None], ["0.1%", "0.3%", None]):
        read = model.read({"x": [1, 2, 3], "margin": cells}, more=["margin"])
        found[cells[0]] = evaluation_rows(read, model.target, None).notes[1:]
    assert found == {
        10: (),
        "0.1%": (),
        0.1: (
            f"Column 'margin' was written in percent in training (its mean is {model.target.mean:.4g}), "
            "but 2 rows have numbers without a percent sign, such as 0.1, which are read as 0.1%: write "
            "10% or 10 if fractions are meant.",
        ),
    }


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_command_line_warns_of_files(model, tmp_path, capsys, kind):
    path, file = tmp_path / "m.safetensors", tmp_path / f"rows.{kind}"
    model.save(path)
    if kind == "csv":
        file.write_text("discount,weight\n0.2,3 kg\n0,4 kg\n")
    else:  # Excel stores 20% as 0.2
        file.write_bytes(workbook({"Rows": [["discount", "weight"], [0.2, 3], [0, 4]]}))
    assert main(["predict", str(path), str(file), "--out", str(tmp_path / "out.csv")]) == 0
    assert NOTE in capsys.readouterr().err


def test_streamed_tables_are_noted_once(model, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("discount,weight\n" + "0%,4 kg\n" * 300 + "0.2,3 kg\n" + "20%,4 kg\n" * 300)
    with streamed_table(
        str(file),
        query=None,
        options=ReadOptions(),
        hints=SchemaHints(),
        memory_bytes=2**26,
        schema=model.schema,
    ) as stream:
        predictor = BatchPredictor(model, stream)
        assert sum(len(batch.values) for batch in predictor.predictions()) == 601
    assert [note for note in predictor.notes if "percent sign" in note] == [NOTE]
