// Python in Node.js: node python_in_node.mjs PACKAGES.zip PROGRAM [arguments]; what the program leaves in
// `exit_code` is the exit status.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";
import { startPython } from "./python.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const NUMPY = "node_modules/@bentopdf/pymupdf-wasm/assets/numpy-2.2.5-cp313-cp313-pyodide_2025_0_wasm32.whl";
const NUMPY_SHA256 = "125230b4c3ecd08803e5c43f1162e017c0718d9f253146225a705a952b9c16c2";

// Node.js would show the line of an error first, and Pyodide is one line of a megabyte.
process.on("uncaughtException", (error) => {
  console.error(String(error?.stack ?? error).slice(-4000));
  process.exit(1);
});

const bytesOf = (path) => new Uint8Array(readFileSync(path));

/** NumPy's wheel: nothing else of the package that carries it is used. */
function numpyWheel() {
  const wheel = bytesOf(join(HERE, NUMPY));
  const digest = createHash("sha256").update(wheel).digest("hex");
  if (digest !== NUMPY_SHA256) throw new Error(`NumPy's wheel has the digest ${digest}, not ${NUMPY_SHA256}.`);
  return wheel;
}

const [archive, program, ...options] = process.argv.slice(2);
const python = await startPython(loadPyodide, join(HERE, "node_modules/pyodide/"), {
  numpy: numpyWheel(),
  core: bytesOf(join(HERE, "../../build/wasm/deltarule.wasm")),
  archives: [bytesOf(archive)],
});
python.globals.set("arguments", python.toPy(options));
python.globals.set("exit_code", 0);
await python.runPythonAsync(program);
process.exitCode = python.globals.get("exit_code");
