// Uses the wheel for every machine in Pyodide, as it is: node use_in_pyodide.mjs FILE.whl SITE_PACKAGES
// Of SITE_PACKAGES only threadpoolctl is used, which is pure Python. DuckDB is not there.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, startPython } from "../wasm/python_in_node.mjs";

const [wheel, packages] = process.argv.slice(2);
const python = await startPython({ core: null });
python.unpackArchive(new Uint8Array(readFileSync(wheel)), "wheel", { extractDir: "/wheel" });
const files = {
  "/packages/threadpoolctl.py": join(packages, "threadpoolctl.py"),
  "/iris.csv": join(ROOT, "examples/iris.csv"),
};
for (const [place, file] of Object.entries(files)) python.FS.writeFile(place, new Uint8Array(readFileSync(file)));
console.log(
  python.runPython(`
import sys, warnings
from pathlib import Path
sys.path[0] = "/wheel"  # in place of the sources
import deltarule as dr
from deltarule.engines import SlowEngineWarning

assert dr.__file__.startswith("/wheel/"), dr.__file__
assert (Path(dr.__file__).parent / "playground/static/index.html").is_file()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    result = dr.train("/iris.csv", target="species", epochs=20, seed=0)
assert {w.category for w in caught} == {SlowEngineWarning}, [str(w.message) for w in caught]
assert result.scores.accuracy > 0.8, result.scores
result.model.save("/model.safetensors")
assert (dr.load("/model.safetensors").predict("/iris.csv").values == result.model.predict("/iris.csv").values).all()
f"The wheel trains, saves and predicts in Pyodide, Python {sys.version.split()[0]} on {sys.platform}"
`),
);
