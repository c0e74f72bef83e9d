// Python in Node.js with deltarule, its core in WebAssembly and NumPy; other folders can be mounted.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { loadPyodide } from "pyodide";
import { compileCore, offerCore } from "../../native/wasm/loader.mjs";

// Node.js would show the line of the error first, and Pyodide is one line of a megabyte.
process.on("uncaughtException", (error) => {
  console.error(String(error?.stack ?? error).slice(-4000));
  process.exit(1);
});

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const HERE = join(ROOT, "tests", "wasm");
const NUMPY = join(
  HERE,
  "node_modules/@bentopdf/pymupdf-wasm/assets/numpy-2.2.5-cp313-cp313-pyodide_2025_0_wasm32.whl",
);
const NUMPY_SHA256 = "125230b4c3ecd08803e5c43f1162e017c0718d9f253146225a705a952b9c16c2";

/** NumPy's wheel: of the package that carries it, nothing else is used. */
function numpyWheel() {
  const wheel = new Uint8Array(readFileSync(NUMPY));
  const digest = createHash("sha256").update(wheel).digest("hex");
  if (digest !== NUMPY_SHA256) throw new Error(`NumPy's wheel has the digest ${digest}, not ${NUMPY_SHA256}.`);
  return wheel;
}

/** Returns Pyodide; `mounts` are folders by the place where Python finds them. */
export async function startPython({ mounts = {}, core = join(ROOT, "build/wasm/deltarule.wasm") } = {}) {
  const python = await loadPyodide({ indexURL: join(HERE, "node_modules/pyodide/") });
  python.unpackArchive(numpyWheel(), "wheel", { extractDir: "/packages" });
  if (core !== null) offerCore(python, await compileCore(readFileSync(core)));
  for (const [place, folder] of Object.entries({ "/src": join(ROOT, "src"), ...mounts })) {
    if (!existsSync(folder)) throw new Error(`There is no folder ${folder}.`);
    python.FS.mkdirTree(place);
    python.mountNodeFS(place, folder);
  }
  python.runPython("import sys; sys.path[:0] = ['/src', '/packages']");
  return python;
}
