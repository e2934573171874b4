// What waits, in the header of every page; and whether the newest record has arrived.
import { all, one, words } from "./dom";
import { LAST } from "./form";
import type { Standing } from "./outbox";
import { item, items, wasSent } from "./store";

/** Returns how many records are waiting or need a look. */
export async function drawBadge(): Promise<number> {
  const badge = one<HTMLAnchorElement>("[data-nv-badge]");
  if (!badge) return 0;
  const kept = (await items()).filter((entry) => entry.state !== "draft");
  const toCheck = kept.filter((entry) => entry.state !== "waiting").length;
  const waiting = kept.length - toCheck;
  const { one: single = "", many = "", check = "" } = badge.dataset;
  const parts = [];
  if (waiting) parts.push(words(waiting === 1 ? single : many, { count: waiting }));
  if (toCheck) parts.push(words(check, { count: toCheck }));
  badge.textContent = parts.join(" · ");
  badge.hidden = parts.length === 0;
  return kept.length;
}

/** On the page after a form: `data-nv-outcome` sent, waiting or gone, whichever is true now. */
export async function drawOutcome(): Promise<void> {
  const last = sessionStorage.getItem(LAST);
  if (!one("[data-nv-outcome]") || !last) return;
  const kept = await item(last);
  const outcome = kept ? "waiting" : (await wasSent(last)) ? "sent" : "gone";
  for (const part of all("[data-nv-outcome]")) part.hidden = part.dataset.nvOutcome !== outcome;
}

/** Parts of a page that are for one standing only: `data-nv-standing="signed-out"`. */
export function drawStanding(standing: Standing): void {
  document.body.dataset.nvNow = standing;
  for (const part of all("[data-nv-standing]")) {
    part.hidden = part.dataset.nvStanding !== standing;
  }
}
