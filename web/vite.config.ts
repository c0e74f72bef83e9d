import { defineConfig } from "vitest/config";

/**
 * Four builds into one folder, by mode. `widget`: the module and the style sheet, for anywidget and for our
 * own page. `page`: the script that mounts it over a WebSocket, and index.html. `frozen`: the widget over a
 * recording, one script without imports, for exported pages. `figure`: a figure of the course, for anywidget. Four more, into a folder of their own, are for the
 * website: `site` mounts the widget over a worker, `worker` is that worker; `course` makes the course's pages live,
 * `course_worker` is the worker of these.
 */
const ENTRIES: Record<string, string> = {
  widget: "src/widget.tsx",
  page: "src/page/page.ts",
  frozen: "src/page/frozen.ts",
  figure: "src/course/notebook.ts",
  site: "src/page/site.ts",
  worker: "src/worker/worker.ts",
  course: "src/course/course.ts",
  course_worker: "src/worker/course_worker.ts",
};
const OF_SITE = ["site", "worker", "course", "course_worker"];

/** What a build does not contain, and where its script finds that. */
const OUTSIDE: Record<string, readonly [RegExp, string]> = {
  page: [/\/widget$/, "./widget.js"],
  site: [/\/widget$/, "./widget.js"],
  worker: [/^pyodide$/, "./pyodide/pyodide.mjs"],
  course_worker: [/^pyodide$/, "./pyodide/pyodide.mjs"],
};

export default defineConfig(({ mode }) => {
  const name = mode in ENTRIES ? mode : "widget";
  const ofSite = OF_SITE.includes(name);
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
      outDir: ofSite ? "dist-site" : "dist",
      emptyOutDir: name === "widget" || name === "site",
      minify: true,
      // MIT and ISC require the notice in copies.
      license: name === "widget" || name === "worker" ? { fileName: "licenses.txt" } : false,
      rolldownOptions:
        name in OUTSIDE
          ? { external: [OUTSIDE[name]![0]], output: { minify: true, paths: () => OUTSIDE[name]![1] } }
          : { output: { minify: true, codeSplitting: false } },
    },
    test: { include: ["tests/**/*.test.ts"], environment: "node" },
  };
});
