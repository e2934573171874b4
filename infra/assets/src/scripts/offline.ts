// Starts everything that works without a network, on pages that ask for it.
import { drawBadge, drawOutcome, drawStanding } from "./badge";
import { all, one, shared } from "./dom";
import { OfflineForm } from "./form";
import { cover, coverIfLocked, endSession, lockIfIdle, unlock, watchIdle, watchSignOut } from "./lock";
import { checkIn, type Standing } from "./outbox";
import { pump, startPump } from "./pump";
import { device, listen } from "./store";
import { drawWaiting } from "./waiting";

export async function startOffline(): Promise<void> {
  // Without these (an old browser, plain http) the forms post as ordinary forms do.
  if (!shared("nvSession") || !globalThis.indexedDB || !globalThis.crypto?.subtle) return;
  if (!("nvSignedIn" in document.body.dataset)) {
    // The sign-in page: say that what waits here is safe.
    if (await drawBadge()) drawStanding("signed-out");
    return;
  }
  const covered = coverIfLocked();
  await register();
  listen((what) => {
    if (what === "locked") cover();
    else if (what === "unlocked" && covered) location.reload();
    else if (what === "revoked") drawStanding("revoked");
    void draw();
  });
  if (await lockIfIdle()) return;
  const standing = await checkIn(shared("nvSession"));
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
  show(standing);
  if (await device()) {
    watchIdle();
    await Promise.all(
      all<HTMLFormElement>("form[data-offline]").map((form) => new OfflineForm(form).start()),
    );
  } else {
    show(standing === "retry" ? "signed-out" : standing);
  }
  watchSignOut();
  one("[data-nv-send-now]")?.addEventListener("click", () => void pump());
  startPump(shared("nvSession"), show);
  await draw();
}

function show(standing: Standing): void {
  drawStanding(standing);
  void draw();
}

async function draw(): Promise<void> {
  await Promise.all([drawBadge(), drawOutcome(), drawWaiting()]);
}

async function register(): Promise<void> {
  // Ask the browser not to clear what waits when the disk is full.
  void navigator.storage?.persist?.().catch(() => false);
  // On iOS a page's data goes after seven days without use, unless it is on the home screen.
  const note = one("[data-nv-install]");
  const apple = /iPhone|iPad/.test(navigator.userAgent);
  if (note && apple && !matchMedia("(display-mode: standalone)").matches) note.hidden = false;
  if (!("serviceWorker" in navigator)) return;
  const scope = shared("nvScope");
  const registration = await navigator.serviceWorker
    .register(shared("nvWorker"), { scope, updateViaCache: "none" })
    .catch(() => undefined);
  const language = document.documentElement.lang;
  if (localStorage.getItem("nv-lang") !== language) {
    localStorage.setItem("nv-lang", language);
    void navigator.serviceWorker.ready.then((ready) => ready.active?.postMessage("refresh"));
  }
  const background = registration as unknown as { sync?: { register(tag: string): Promise<void> } };
  await background?.sync?.register("newvoices").catch(() => undefined);
}
