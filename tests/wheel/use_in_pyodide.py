"""Use the wheel for every machine in Pyodide, without DuckDB: run by tests/wasm/python_in_node.mjs.

`arguments`, which that program sets, holds the text of a table of flowers.
"""

import sys
from pathlib import Path

import deltarule as dr

page = Path(dr.__file__).parent / "playground" / "static" / "index.html"
assert page.is_file(), "the playground's page is missing"
Path("/iris.csv").write_text(arguments[0])  # noqa: F821
for engine, epochs, accuracy in (("wasm", 20, 0.8), ("reference", 2, 0.2)):
    result = dr.train("/iris.csv", target="species", epochs=epochs, seed=0, engine=engine)
    assert result.scores.accuracy > accuracy, result.scores
    result.model.save("/model.safetensors")
    again = dr.load("/model.safetensors").predict("/iris.csv").values
    assert (again == result.model.predict("/iris.csv").values).all()
print(f"The wheel trains, saves and predicts in Pyodide, Python {sys.version.split()[0]}")
