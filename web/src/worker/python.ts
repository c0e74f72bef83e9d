/** Loads Python with NumPy and deltarule, all from the folder of the page. */

import { loadPyodide } from "pyodide";
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
import sys
sys.path.insert(0, "/python")
from deltarule.playground.browser_worker import BrowserWorker
BrowserWorker
`;

export async function startPython(
  publish: Publish,
  loading: (fraction: number) => void,
): Promise<BrowserWorker> {
  const folder = new URL("./", self.location.href);
  let loaded = 0;
  const steps = 6; // the last one is the first answer
  const step = <T>(value: T): T => {
    loaded += 1;
    loading(loaded / steps);
    return value;
  };
  const [core, python, numpy, packages] = await Promise.all([
    bytesOf(new URL("deltarule.wasm", folder)).then(compileCore).then(step),
    loadPyodide({ indexURL: new URL("pyodide/", folder).href }).then(step),
    bytesOf(new URL("python/numpy.zip", folder)).then(step),
    bytesOf(new URL("python/deltarule.zip", folder)).then(step),
  ]);
  offerCore(python, core);
  for (const archive of [numpy, packages]) python.unpackArchive(archive, "zip", { extractDir: "/python" });
  const made = (python.runPython(START) as (publish: Publish) => Made)(publish);
  step(null);
  return {
    advance_to: (epoch) => made.advance_to(epoch),
    receive: (text, body) => made.receive(text, body ? python.toPy(body) : undefined), // null is not None
    turn: () => made.turn(),
  };
}

async function bytesOf(address: URL): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname} was not loaded, HTTP status ${response.status}`);
  return response.arrayBuffer();
}
