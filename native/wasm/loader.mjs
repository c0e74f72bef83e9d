// Loads the core (deltarule.wasm) and offers it to the Python of Pyodide, in Node.js as in a browser's worker.
//
//   const core = await compileCore(bytes);        // or a Response
//   offerCore(pyodide, core);                     // before Python imports deltarule.engines
//
// The module gets a clock and nothing else: no files, no network, no random numbers, no environment.

const NOT_SUPPORTED = 52; // ENOSYS of WASI

/** Compiles the module from bytes (an ArrayBuffer or a view) or from a fetch's Response. */
export async function compileCore(source) {
  if (typeof Response !== "undefined" && source instanceof Response) {
    if (!source.ok) throw new Error(`The core was not loaded: HTTP status ${source.status}.`);
    source = await source.arrayBuffer(); // the host may not know the type that streaming asks for
  }
  return WebAssembly.compile(source);
}

/** Makes an instance; `keepGoing` and `targetScale` are what native/wasm/interface.hpp imports. */
export function instantiateCore(core, { keepGoing = () => 1, targetScale = () => 0 } = {}) {
  const wasi = {};
  for (const { module, name } of WebAssembly.Module.imports(core)) {
    if (module === "wasi_snapshot_preview1") wasi[name] = () => NOT_SUPPORTED;
  }
  wasi.clock_time_get = (clock, precision, pointer) => {
    const nanoseconds = BigInt(Math.round(performance.now() * 1e6));
    new DataView(instance.exports.memory.buffer).setBigUint64(pointer, nanoseconds, true);
    return 0;
  };
  const instance = new WebAssembly.Instance(core, {
    wasi_snapshot_preview1: wasi,
    deltarule: { keep_going: () => keepGoing(), target_scale: () => targetScale() },
  });
  instance.exports._initialize();
  return instance;
}

/** Offers the core to Python as the module `deltarule_wasm`, from which `engines/wasm_instance.py` takes it. */
export function offerCore(pyodide, core) {
  pyodide.registerJsModule("deltarule_wasm", {
    instantiate(keepGoing, targetScale) {
      const { exports } = instantiateCore(core, { keepGoing, targetScale });
      return {
        exports,
        // Memory that grows moves: a view is used at once and not kept.
        bytes: (pointer, size) => new Uint8Array(exports.memory.buffer, pointer, size),
        text(pointer) {
          const bytes = new Uint8Array(exports.memory.buffer, pointer);
          return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
        },
      };
    },
  });
}
