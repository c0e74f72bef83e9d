// Compiles the Python of zip archives, by the Python that will load it: node compile_python.mjs ARCHIVE ...
// Each archive keeps its name; its .py files become .pyc files. Only NumPy needs its docstrings.

import { readFileSync, writeFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const COMPILE = `
import compileall, pathlib, py_compile, zipfile
def compile_archive(path, optimize):
    folder = pathlib.Path("/work")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        archive.extractall(folder)
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in names:
            file = folder / name
            if name.endswith(".py"):
                compiled = file.with_suffix(".pyc")
                py_compile.compile(file, compiled, name, doraise=True, optimize=optimize, invalidation_mode=mode)
                file, name = compiled, name + "c"
            # A fixed time, so that the same files give the same archive.
            archive.writestr(zipfile.ZipInfo(name), file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
compile_archive
`;

const python = await loadPyodide();
const compileArchive = python.runPython(COMPILE);
for (const path of process.argv.slice(2)) {
  python.FS.writeFile("/archive.zip", new Uint8Array(readFileSync(path)));
  compileArchive("/archive.zip", path.endsWith("numpy.zip") ? 0 : 2);
  writeFileSync(path, python.FS.readFile("/archive.zip"));
}
