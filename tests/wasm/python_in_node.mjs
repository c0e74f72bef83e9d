// Python in Node.js: node python_in_node.mjs PACKAGES.zip PROGRAM [arguments]; what the program leaves in
// `exit_code` is the exit status.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPyodide } from "pyodide";
import { startPython } from "./python.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));

// Node.js would show the line of an error first, and Pyodide is one line of a megabyte.
process.on("uncaughtException", (error) => {
  console.error(String(error?.stack ?? error).slice(-4000));
  process.exit(1);
});

const bytesOf = (path) => new Uint8Array(readFileSync(path));

/** NumPy's wheel: nothing else of the package that carries it is used. */
function numpyWheel() {
  const { path, sha256 } = JSON.parse(readFileSync(join(HERE, "numpy_wheel.json"), "utf8"));
  const wheel = bytesOf(join(HERE, path));
  const digest = createHash("sha256").update(wheel).digest("hex");
  if (digest !== sha256) throw new Error(`NumPy's wheel has the digest ${digest}, not ${sha256}.`);
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
