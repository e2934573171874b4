import { all, one } from "./dom";
import { renew } from "./region";

const ASK_AGAIN_MS = 30_000;

/**
 * Keep a part of the page up to date: `<div id="queue" data-nv-live="address of the news">`.
 *
 * News are counters. The part is read again from the page's own address, unless somebody is at work
 * in it: then a sentence with a link says that there is news, and nothing moves under their hands.
 */
export function startLive(): void {
  const part = one("[data-nv-live]");
  if (!part) return;
  const address = part.dataset["nvLive"] ?? "";
  let known = "";
  const told = (counters: string) => {
    if (known !== "" && counters !== known) void show(part);
    known = counters;
  };
  const source = new EventSource(address);
  source.addEventListener("news", (event) => told((event as MessageEvent<string>).data));
  source.addEventListener("error", () => {
    // A refusal closes it for good; anything else the browser tries again by itself.
    if (source.readyState !== EventSource.CLOSED) return;
    void ask();
    window.setInterval(() => void ask(), ASK_AGAIN_MS);
  });
  window.addEventListener("pagehide", () => source.close());

  async function ask(): Promise<void> {
    const answer = await fetch(address, { headers: { accept: "application/json" } });
    if (answer.ok) told(await answer.text());
  }
}

async function show(part: HTMLElement): Promise<void> {
  const busy = part.contains(document.activeElement) || all("input:checked", part).length > 0;
  if (!busy && (await renew(part.id, location.href))) return;
  const notice = one("[data-nv-news]");
  if (notice) notice.hidden = false;
}
