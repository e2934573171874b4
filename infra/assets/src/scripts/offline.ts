// Starts everything that works without a network, on pages that ask for it.
import { drawBadge, drawOutcome, drawStanding } from "./badge";
import { all, one, shared } from "./dom";
import { OfflineForm } from "./form";
import {
  cover,
  coverIfLocked,
  endSession,
  lockIfIdle,
  signal,
  unlock,
  watchIdle,
  watchSignOut,
} from "./lock";
import { checkIn } from "./outbox";
import { pump, startPump } from "./pump";
import { device, listen } from "./store";
import { drawWaiting } from "./waiting";

type Syncing = ServiceWorkerRegistration & { sync?: { register(tag: string): Promise<void> } };

const WORKER_AFTER_MS = 3_000;

export async function startOffline(): Promise<void> {
  // Without these (an old browser, plain http) the forms post as ordinary forms do.
  if (!shared("nvSession") || !globalThis.indexedDB || !globalThis.crypto?.subtle) return;
  if (!("nvSignedIn" in document.body.dataset)) {
    // The sign-in page: say that what waits here is safe.
    if (await drawBadge()) drawStanding("signed-out");
    return;
  }
  const covered = coverIfLocked();
  // The questions hold nothing yet and need no storage, so they are asked first.
  const forms = covered ? [] : all<HTMLFormElement>("form[data-offline]");
  const asking = forms.map((form) => new OfflineForm(form));
  for (const form of asking) form.ask();
  const idle = await lockIfIdle().catch(() => undefined);
  if (idle === undefined) for (const form of asking) form.keepNothing();
  if (idle !== false) return;
  const key = checkIn(shared("nvSession"));
  listen((what) => {
    if (what === "locked") cover();
    else if (what === "unlocked" && covered) location.reload();
    else if (what === "revoked") drawStanding("revoked");
    void draw();
  });
  // A weak signal may keep the answer for long. Whoever the page was made for need not wait for it.
  const known = (await device())?.owner === shared("nvOwner");
  const ready = known ? Promise.resolve() : key;
  const started = asking.map((form) => form.keepWith(ready));
  watchSignOut();
  keepData();
  // What the service worker fetches would make the key wait on a weak signal.
  void Promise.race([key, new Promise((go) => setTimeout(go, WORKER_AFTER_MS))]).then(register);
  let standing = await key;
  while (covered && standing === "retry") {
    await signal();
    standing = await checkIn(shared("nvSession"));
  }
  if (standing === "locked") {
    cover();
    return endSession();
  }
  if (standing === "ok") {
    unlock();
    if (covered) return location.reload();
  } else if (covered) {
    return;
  }
  drawStanding(standing);
  await Promise.all(started);
  if (await device()) watchIdle();
  one("[data-nv-send-now]")?.addEventListener("click", () => void pump());
  startPump(shared("nvSession"), drawStanding);
  await draw();
}

async function draw(): Promise<void> {
  await Promise.all([drawBadge(), drawOutcome(), drawWaiting()]);
}

function keepData(): void {
  // Ask the browser not to clear what waits when the disk is full.
  void navigator.storage?.persist?.().catch(() => false);
  // On iOS a page's data goes after seven days without use, unless it is on the home screen.
  const note = one("[data-nv-install]");
  const apple = /iPhone|iPad/.test(navigator.userAgent);
  if (note && apple && !matchMedia("(display-mode: standalone)").matches) note.hidden = false;
}

function register(): void {
  if (!("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  void serviceWorker
    .register(shared("nvWorker"), { scope: shared("nvScope") })
    // Background Sync sends what waits with no page open; not every browser has it.
    .then((ready) => (ready as Syncing).sync?.register("newvoices"))
    .catch(() => undefined);
  const language = document.documentElement.lang;
  if (localStorage.getItem("nv-lang") !== language) {
    localStorage.setItem("nv-lang", language);
    void serviceWorker.ready.then((ready) => ready.active?.postMessage("refresh"));
  }
}
