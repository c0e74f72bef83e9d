import { defineConfig } from "vitest/config";

/**
 * Three builds into one folder, by mode. `widget`: the module and the style sheet, for anywidget and for our
 * own page. `page`: the script that mounts it over a WebSocket, and index.html. `frozen`: the widget over a
 * recording, one script without imports, for exported pages.
 */
const ENTRIES: Record<string, string> = {
  widget: "src/widget.tsx",
  page: "src/page/page.ts",
  frozen: "src/page/frozen.ts",
};

export default defineConfig(({ mode }) => {
  const name = mode in ENTRIES ? mode : "widget";
  return {
    publicDir: name === "page" ? "public" : false,
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    build: {
      target: "es2022",
      cssTarget: ["chrome123", "firefox121", "safari17.5"],
      lib: {
        entry: ENTRIES[name] as string,
        formats: ["es"],
        fileName: () => `${name}.js`,
        cssFileName: "widget",
      },
      outDir: "dist",
      emptyOutDir: name === "widget",
      minify: true,
      license: name === "widget" ? { fileName: "licenses.txt" } : false, // MIT and ISC require the notice in copies
      rolldownOptions:
        name === "page"
          ? { external: [/\/widget$/], output: { minify: true, paths: () => "./widget.js" } }
          : { output: { minify: true, codeSplitting: false } },
    },
    test: { include: ["tests/**/*.test.ts"], environment: "node" },
  };
});
