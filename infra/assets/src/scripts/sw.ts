// The service worker: files from the device, listed pages from the network first and from the
// device without one, and what waits is sent when the network is back, even with no page open.
import { sendAll } from "./outbox";

interface Settings {
  version: string;
  files: string[];
  pages: string[];
  fallback: string;
  session: string;
}

interface SyncEvent extends ExtendableEvent {
  tag: string;
}

declare const self: ServiceWorkerGlobalScope & { NV: Settings };

const { version, files, pages, fallback, session } = self.NV;
const CACHE = `nv-${version}`;
const PATIENCE_MS = 5_000;

self.addEventListener("install", (event) => {
  event.waitUntil(Promise.all([keepFiles(), keepPages()]).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOld().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "refresh") event.waitUntil(keepPages());
});

self.addEventListener("sync", (event) => {
  (event as SyncEvent).waitUntil(
    sendAll(session).then(({ standing }) => {
      // The browser tries again later when this fails.
      if (standing === "retry") throw new Error("try again");
    }),
  );
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (files.includes(url.pathname)) event.respondWith(fromDevice(event.request));
  else if (event.request.mode === "navigate") event.respondWith(page(event.request, url.pathname));
});

async function fromDevice(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

async function page(request: Request, path: string): Promise<Response> {
  const listed = pages.includes(path);
  const kept = await caches.match(listed ? path : fallback);
  const network = fetch(request).then(async (response) => {
    if (listed) await keepPage(path, response.clone());
    return response;
  });
  if (!kept) return network;
  if (!listed) return network.catch(() => kept);
  // A page that can be had at once is better than a wait on a weak signal.
  const tired = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  return Promise.race([network.catch(() => kept), tired]);
}

async function keepFiles(): Promise<void> {
  await (await caches.open(CACHE)).addAll(files);
}

/** Fetch each listed page anew. One that cannot be had now is kept when it is next visited. */
async function keepPages(): Promise<void> {
  await Promise.all(
    pages.map(async (path) => {
      const response = await fetch(path, { cache: "no-store" }).catch(() => undefined);
      if (response) await keepPage(path, response);
    }),
  );
}

async function keepPage(path: string, response: Response): Promise<void> {
  // A redirect leads to the sign-in page, which must not stand in for this one.
  if (response.status !== 200 || response.redirected) return;
  await (await caches.open(CACHE)).put(path, response);
}

async function dropOld(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith("nv-") && name !== CACHE) await caches.delete(name);
  }
}
