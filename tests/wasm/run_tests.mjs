// Runs tests in Pyodide on the WebAssembly engine: node run_tests.mjs SITE_PACKAGES [pytest's arguments]
// SITE_PACKAGES holds pytest, which is pure Python. Hypothesis is not, so that tests/conftest.py is left out.

import { join } from "node:path";
import { readdirSync, readFileSync } from "node:fs";
import { ROOT, startPython } from "./python_in_node.mjs";

const [packages, ...options] = process.argv.slice(2);
const mounts = { "/tests": join(ROOT, "tests") };
const pure = /^(_pytest|iniconfig|packaging|pluggy|pygments|pytest)(-.*\.dist-info)?$/i;
for (const name of readdirSync(packages).filter((name) => pure.test(name))) {
  mounts[`/packages/${name}`] = join(packages, name);
}

const python = await startPython({ mounts });
python.FS.writeFile("/packages/py.py", readFileSync(join(packages, "py.py")));
python.globals.set("options", python.toPy(options));
process.exitCode = python.runPython(`
import os, sys
sys.path.insert(0, "/tests")
sys.dont_write_bytecode = True
os.chdir("/tests")
import pytest
int(pytest.main([
    "--rootdir", "/tests", "--confcutdir", "/tests/contract", "-c", "/tests/wasm/pytest.ini",
    "-p", "no:cacheprovider", "-p", "no:faulthandler", *options,
]))
`);
