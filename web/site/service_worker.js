/**
 * Makes the website work without a network: every file is kept under its digest. A new version of this script, whose
 * list of files differs, fetches what changed while the old version runs, and is used from the next load on. Pages of
 * the documentation and the course are kept once they were opened.
 */

/** The SHA-256 of each file of the playground; the build writes it. */
const FILES = {};
importScripts("./service_worker_pages.js"); // PAGES, the same of the documentation and the course
const CACHE = `deltarule ${self.registration.scope}`;

const addressOf = (path) => new URL(path, self.registration.scope).href;
const keyOf = (digest) => addressOf(`by-digest/${digest}`);

async function digestOf(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Keep a file unless a version before had the same one. */
async function keep(cache, path, digest) {
  if (await cache.match(keyOf(digest))) return;
  const response = await fetch(addressOf(path), { cache: "no-cache" });
  if (!response.ok) throw new Error(`${path}: HTTP status ${response.status}`);
  const bytes = await response.arrayBuffer();
  if ((await digestOf(bytes)) !== digest) throw new Error(`${path} is of another version`);
  const type = response.headers.get("Content-Type") ?? "application/octet-stream";
  await cache.put(keyOf(digest), new Response(bytes, { headers: { "Content-Type": type } }));
}

async function install() {
  const cache = await caches.open(CACHE);
  for (const [path, digest] of Object.entries(FILES)) await keep(cache, path, digest);
  await self.skipWaiting(); // an open page has loaded all of its files, and is not changed by this
}

async function removeOldFiles() {
  const cache = await caches.open(CACHE);
  const kept = new Set([...Object.values(FILES), ...Object.values(self.PAGES)].map(keyOf));
  for (const request of await cache.keys()) if (!kept.has(request.url)) await cache.delete(request);
}

async function answer(request, digest) {
  const cache = await caches.open(CACHE);
  return (await cache.match(keyOf(digest))) ?? fetch(request);
}

/** Answer with a page that is kept, or fetch it and keep it. */
async function answerPage(request, path) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(keyOf(self.PAGES[path]));
  if (kept) return kept;
  await keep(cache, path, self.PAGES[path]).catch(() => {});
  return (await cache.match(keyOf(self.PAGES[path]))) ?? fetch(request);
}

/** Return the path of an address in the scope: of a folder its index.html, "" for another site. */
function pathOf(href) {
  const address = new URL(href);
  const plain = address.origin + address.pathname;
  if (!plain.startsWith(self.registration.scope)) return "";
  const path = plain.slice(self.registration.scope.length);
  return path === "" || path.endsWith("/") ? `${path}index.html` : path;
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(removeOldFiles()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  const path = pathOf(event.request.url);
  if (FILES[path]) event.respondWith(answer(event.request, FILES[path]));
  else if (self.PAGES[path]) event.respondWith(answerPage(event.request, path));
});
/** A page that was loaded before this script was there lists what is to be kept of it. */
self.addEventListener("message", (event) => {
  const paths = (event.data?.keep ?? []).map(pathOf).filter((path) => self.PAGES[path]);
  const keepAll = async () => {
    const cache = await caches.open(CACHE);
    for (const path of paths) await keep(cache, path, self.PAGES[path]).catch(() => {});
  };
  event.waitUntil(keepAll());
});
