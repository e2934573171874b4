// The lock: after a while without a touch, or at sign-out, the key leaves the device, the page is
// covered, and the session ends as soon as the server hears of it.
import { all, copy, one, shared } from "./dom";
import { announce, device, dropKey, touchDevice } from "./store";

// Read before anything is drawn, which IndexedDB is too slow for.
const FLAG = "nv-locked";
const LOOK_MS = 5_000;
const TOUCH_MS = 15_000;
const SIGNAL_MS = 60_000;

export function coverIfLocked(): boolean {
  const locked = localStorage.getItem(FLAG) !== null;
  if (locked) cover();
  return locked;
}

export function unlock(): void {
  localStorage.removeItem(FLAG);
}

/** Take the key away, cover the page and end the session. */
export async function lock(): Promise<void> {
  const current = await device();
  localStorage.setItem(FLAG, "");
  cover();
  await dropKey(current?.session);
  announce("locked");
  await endSession();
}

/** End the session at the server, as soon as there is a network. */
export async function endSession(): Promise<void> {
  const ask = (): Promise<unknown> =>
    fetch(shared("nvSignOut"), {
      method: "POST",
      body: "{}",
      keepalive: true,
      redirect: "manual",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
    }).catch(() => undefined);
  while (!(await ask())) await signal();
}

/** Until the network seems to be back, or a minute at most. */
export function signal(): Promise<void> {
  return new Promise((go) => {
    addEventListener("online", () => go(), { once: true });
    setTimeout(go, SIGNAL_MS);
  });
}

/** Lock by itself when nobody has touched the page for the time that the server set. */
export function watchIdle(): void {
  let touched = 0;
  const touch = (): void => {
    if (Date.now() - touched < TOUCH_MS) return;
    touched = Date.now();
    void touchDevice(touched);
  };
  for (const kind of ["pointerdown", "keydown", "scroll"]) {
    addEventListener(kind, touch, { passive: true, capture: true });
  }
  setInterval(() => void lockIfIdle().catch(() => undefined), LOOK_MS);
}

/** Also at the start of each page: the device may have been shut for hours. */
export async function lockIfIdle(): Promise<boolean> {
  const current = await device();
  if (!current || Date.now() - current.usedAt < current.lockAfterMs) return false;
  await lock();
  return true;
}

/** Sign-out takes the key along, with a network or without. */
export function watchSignOut(): void {
  for (const form of all<HTMLFormElement>("form[data-nv-sign-out-form]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void leave(form);
    });
  }
}

async function leave(form: HTMLFormElement): Promise<void> {
  if (!navigator.onLine) return lock();
  await dropKey();
  announce("locked");
  form.submit();
}

export function cover(): void {
  const screen = copy("lock-screen");
  if (!screen) return;
  one("main:not([data-nv-cover])")?.remove();
  for (const part of all("nav, [data-nv-sign-out-form]")) part.remove();
  if (one("[data-nv-cover]")) return;
  const page = one(".nv-page");
  page?.replaceChildren(screen);
  const main = one("main", page ?? document);
  if (main) main.dataset.nvCover = "";
  main?.focus();
}
