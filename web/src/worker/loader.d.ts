declare module "*/native/wasm/loader.mjs" {
  export function compileCore(source: ArrayBuffer): Promise<WebAssembly.Module>;
  export function offerCore(python: unknown, core: WebAssembly.Module): void;
}
