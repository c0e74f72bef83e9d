/**
 * Makes the page work without a network: every file is kept under its digest. A new version of this script, whose
 * list of files differs, fetches what changed while the old version runs, and is used from the next load on.
 */

/** The SHA-256 of each file of the page; the build writes it. */
const FILES = {};
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
  const kept = new Set(Object.values(FILES).map(keyOf));
  for (const request of await cache.keys()) if (!kept.has(request.url)) await cache.delete(request);
}

async function answer(request, digest) {
  const cache = await caches.open(CACHE);
  return (await cache.match(keyOf(digest))) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(removeOldFiles()));
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  const { scope } = self.registration;
  if (event.request.method !== "GET" || !address.href.startsWith(scope)) return;
  const path = (address.origin + address.pathname).slice(scope.length) || "index.html";
  const digest = FILES[path];
  if (digest) event.respondWith(answer(event.request, digest));
});
