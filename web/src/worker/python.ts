/** Loads Python with NumPy and deltarule, all from the folder of the page. */

import { loadPyodide, type PyodideInterface } from "pyodide";
import type { PyProxy } from "pyodide/ffi";
// The same loader as in the tests of the engine in Node.js.
import { compileCore, offerCore } from "../../../native/wasm/loader.mjs";

/** deltarule.playground.browser_worker.BrowserWorker. */
export interface BrowserWorker {
  advance_to(epoch: number): void;
  receive(text: string, body: Uint8Array | null): void;
  turn(): number;
}

interface Made extends Omit<BrowserWorker, "receive"> {
  receive(text: string, body: unknown): void;
}

export type Publish = (text: string, body: PyProxy | null | undefined) => void;

const START = `
from deltarule.playground.browser_worker import BrowserWorker
BrowserWorker
`;

export async function startPython(
  publish: Publish,
  loading: (fraction: number) => void,
): Promise<BrowserWorker> {
  let loaded = 0;
  const steps = 6; // the last one is the first answer
  const step = () => loading(++loaded / steps);
  const python = await loadPython(["numpy.zip", "deltarule.zip"], step);
  const made = (python.runPython(START) as (publish: Publish) => Made)(publish);
  step();
  return {
    advance_to: (epoch) => made.advance_to(epoch),
    receive: (text, body) => made.receive(text, body ? python.toPy(body) : undefined), // null is not None
    turn: () => made.turn(),
  };
}

/** Load Python and the compiled core, and unpack archives of the folder `python`; `step` after each of them. */
export async function loadPython(
  archives: readonly string[],
  step: () => void = () => {},
): Promise<PyodideInterface> {
  const folder = new URL("./", self.location.href);
  const counted = <T>(value: T): T => {
    step();
    return value;
  };
  const [core, python, ...packages] = await Promise.all([
    bytesOf(new URL("deltarule.wasm", folder)).then(compileCore).then(counted),
    loadPyodide({ indexURL: new URL("pyodide/", folder).href }).then(counted),
    ...archives.map((name) => bytesOf(new URL(`python/${name}`, folder)).then(counted)),
  ]);
  offerCore(python, core);
  for (const archive of packages) python.unpackArchive(archive, "zip", { extractDir: "/python" });
  python.runPython('import sys; sys.path.insert(0, "/python")');
  return python;
}

async function bytesOf(address: URL): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname} was not loaded, HTTP status ${response.status}`);
  return response.arrayBuffer();
}
