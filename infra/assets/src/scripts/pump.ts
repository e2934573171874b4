// When to send: at once, when the network is back, when the page is looked at again, and by a
// timer that slows down to five minutes and never gives up.
import { sendAll, type Round, type Standing } from "./outbox";

const FIRST_MS = 2_000;
const SLOWEST_MS = 5 * 60_000;
// However long the server asks for: a timer cannot hold more than 24 days and would ring at once.
const LONGEST_MS = 60 * 60_000;
const later: Round = { standing: "retry", retryAfterMs: 0 };

let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let current: Promise<Standing> | undefined;
let queued: Promise<Standing> | undefined;
let told: (standing: Standing) => void = () => undefined;
let address = "";

export function startPump(sessionUrl: string, onStanding: (standing: Standing) => void): void {
  address = sessionUrl;
  told = onStanding;
  addEventListener("online", wake);
  addEventListener("pageshow", wake);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") wake();
  });
  void pump();
}

/** Send what waits; resolves with how things stand after this round. */
export function pump(): Promise<Standing> {
  if (!current) return (current = run().finally(() => (current = undefined)));
  // A round under way may have looked before the newest record was there: one more follows it.
  queued ??= current.then(() => {
    queued = undefined;
    return pump();
  });
  return queued;
}

async function run(): Promise<Standing> {
  clearTimeout(timer);
  // A fault of the device's own store, too, is only a reason to try again.
  const { standing, retryAfterMs } = await sendAll(address).catch(() => later);
  if (standing === "ok" || standing === "idle") failures = 0;
  else timer = setTimeout(wake, Math.max(delay(failures++), Math.min(retryAfterMs, LONGEST_MS)));
  if (standing !== "idle") told(standing);
  return standing;
}

function wake(): void {
  void pump();
}

/** Doubles from 2 seconds to 5 minutes, a quarter more or less so that phones do not queue up. */
function delay(failed: number): number {
  return Math.min(FIRST_MS * 2 ** failed, SLOWEST_MS) * (0.75 + Math.random() / 2);
}
