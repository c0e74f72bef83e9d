// Python with NumPy and the WebAssembly engine, in Node.js and in a browser alike.

import { compileCore, offerCore } from "../../native/wasm/loader.mjs";

/**
 * Returns Pyodide. `numpy` is a wheel, `core` what `compileCore` takes, `archives` are zip files with Python's
 * packages.
 */
export async function startPython(loadPyodide, indexURL, { numpy, core, archives = [] }) {
  const python = await loadPyodide({ indexURL });
  for (const archive of [numpy, ...archives]) {
    python.unpackArchive(archive, "zip", { extractDir: "/packages" });
  }
  offerCore(python, await compileCore(core));
  python.runPython("import sys; sys.path.insert(0, '/packages')");
  return python;
}
