"""Drawings of networks as SVG: well formed, escaped, with the right numbers."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from deltarule import Dense, Network, compile_formula, insight, train
from deltarule.errors import FileError, ShapeError

SVG = "{http://www.w3.org/2000/svg}"


def parsed(html):
    return ElementTree.fromstring(html)


def texts(root, tag="text"):
    return ["".join(node.itertext()) for node in root.iter(SVG + tag)]


def test_a_trained_network_is_drawn_in_a_notebook():
    trained = compile_formula("a ^ b").trained
    root = parsed(trained._repr_html_())
    groups = [group for group in root.iter(f"{SVG}g") if group.get("class") == "links"]
    classes = [path.get("class") for group in groups for path in group]
    assert sorted(classes) == ["negative"] * 2 + ["positive"] * 4
    assert "x₁ to dense_1 unit 1: +1" in texts(root, "title")


def test_a_sample_gives_its_values_and_levels():
    unit = insight.perceptron(0.0, [4.0, 0.0])
    drawing = insight.draw_network(unit, [1.0, 0.0], feature_names=["length", "width"])
    root = parsed(drawing.svg)
    levels = [c.get("class") for c in root.iter(f"{SVG}circle")]
    assert levels == ["unit high", "unit none", "unit high", "unit"]  # the last of the legend
    assert {"length", "width", "0.98"} <= set(texts(root))  # σ(4) = 0.982


def test_names_are_escaped():
    unit = insight.perceptron(0.0, [1.0])
    name = "<script>alert(1)</script>"
    drawing = insight.draw_network(unit, feature_names=[name])
    assert name not in drawing.svg
    assert f"{SVG}script" not in {node.tag for node in parsed(drawing.svg).iter()}
    with pytest.raises(ShapeError, match="output_names must have 1 names"):
        insight.draw_network(unit, output_names=["a", "b"])


def test_identifiers_of_two_drawings_differ():
    drawings = [insight.perceptron(bias, [1.0])._repr_html_() for bias in (0.0, 1.0)]
    marks = [{n.get("id") for n in parsed(p).iter() if n.get("id")} for p in drawings]
    assert not marks[0] & marks[1]


def test_a_model_of_a_table_shows_its_names():
    rows = np.arange(40)
    table = {"age": rows * 1.0, "kind": np.where(rows % 3 == 0, "cat", "dog")}
    run = train(table, "kind", hidden=(3,), epochs=2, engine="reference")
    assert {"age", "cat", "dog"} <= set(texts(parsed(run.model._repr_html_())))


def test_a_drawing_is_saved_to_a_file(tmp_path):
    drawing = insight.draw_network(insight.initialize(Network([Dense(2)]), 3))
    drawing.save(tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_text("utf-8") == drawing.svg
    with pytest.raises(FileError):
        drawing.save(tmp_path / "missing" / "net.svg")
