// Sends what waits, oldest first. A record leaves the device only after the server's yes.
//   PUT endpoint/id  2xx with {"id"}: sent · 409, 412: changed on the server, both are kept
//   410: erased, dropped with a note · 400, 403, 413, 422: the person puts it right
//   401: everything stays until somebody signs in · all else: try again later
// Where a person chose their own version of a changed record, PATCH with If-Match sends the fields
// that differ, so that only the version they looked at can be replaced.
import { importKey } from "./crypto";
import { differing } from "./paths";
import {
  announce,
  contentOf,
  device,
  forgetLock,
  items,
  keepDevice,
  lockedSession,
  note,
  noteSent,
  settle,
  wipe,
  type Content,
  type Fields,
  type Item,
  type Problem,
} from "./store";

/** How things stand with the server after a look or a round of sending. */
export type Standing = "ok" | "idle" | "retry" | "signed-out" | "locked" | "revoked";

export interface Round {
  standing: Standing;
  retryAfterMs: number;
}

interface SessionAnswer {
  owner: string;
  session: string;
  key: string;
  token: string;
  lock_after_seconds: number;
}

interface ProblemAnswer {
  detail?: string;
  errors?: Problem[];
}

const REQUEST_MS = 30_000;
const REJECTED = [400, 403, 413, 422];

/** Ask who is signed in here and fetch the key of what this person left on the device. */
export async function checkIn(sessionUrl: string): Promise<Standing> {
  const known = await device();
  const headers = { Accept: "application/json", ...(known ? { "X-Device": known.token } : {}) };
  let response: Response;
  try {
    response = await request(sessionUrl, { headers, cache: "no-store", redirect: "manual" });
  } catch {
    return "retry";
  }
  if (response.status === 401) return "signed-out";
  if (response.status === 410) {
    if (known) await wipe(known.owner);
    return "revoked";
  }
  const answer = (await json(response)) as SessionAnswer | undefined;
  if (!response.ok || !answer?.key) return "retry";
  if ((await lockedSession()) === answer.session) return "locked";
  await forgetLock();
  await keepDevice({
    owner: answer.owner,
    session: answer.session,
    token: answer.token,
    key: await importKey(answer.key),
    lockAfterMs: answer.lock_after_seconds * 1000,
    // Asking is not using: a device nobody touches must still lock itself.
    usedAt: known?.session === answer.session ? known.usedAt : Date.now(),
  });
  if (known?.session !== answer.session) announce("unlocked");
  return "ok";
}

/** One round: all that the signed-in person has waiting. Only one page at a time sends. */
export function sendAll(sessionUrl: string): Promise<Round> {
  return oneAtATime("newvoices-send", async () => {
    if (!(await items()).some((item) => item.state === "waiting")) return round("idle");
    const standing = await checkIn(sessionUrl);
    if (standing !== "ok") return round(standing);
    const owner = (await device())?.owner;
    for (const item of await items()) {
      if (item.owner !== owner || item.state !== "waiting") continue;
      const after = await send(item);
      if (after.standing !== "ok") return after;
    }
    return round("ok");
  });
}

async function send(item: Item): Promise<Round> {
  const content = await contentOf(item);
  if (!content) return round("locked");
  let response: Response;
  try {
    response = await upload(item, content);
  } catch {
    return round("retry");
  }
  const answer = (await json(response)) as (ProblemAnswer & { id?: string }) | undefined;
  const { status } = response;
  if (response.ok && answer?.id === item.id) {
    await noteSent(item.id);
    await settle(item, "remove");
  } else if (status === 401) {
    return round("signed-out");
  } else if (status === 409 || status === 412) {
    return keepBoth(item, content);
  } else if (status === 410) {
    if (await settle(item, "remove")) await note(item.form);
  } else if (REJECTED.includes(status)) {
    const problems = answer?.errors?.length
      ? answer.errors
      : [{ field: "", message: answer?.detail ?? String(status) }];
    await settle(item, { state: "rejected" }, { ...content, problems });
  } else {
    return round("retry", Number(response.headers.get("Retry-After")) * 1000);
  }
  return round("ok");
}

function upload(item: Item, content: Content): Promise<Response> {
  const { theirs } = content;
  const replaces = theirs && item.replaces;
  const body = replaces
    ? differing(content.fields, theirs)
    : { ...content.fields, recorded_at: item.recordedAt };
  return request(addressOf(item), {
    method: replaces ? "PATCH" : "PUT",
    body: JSON.stringify(body),
    redirect: "manual",
    headers: {
      Accept: "application/json",
      "Content-Type": "application/json",
      "Idempotency-Key": `${item.id}.${item.revision}`,
      // Beside the body, so that a repeated upload stays the same byte for byte.
      "Client-Time": new Date().toISOString(),
      ...(replaces ? { "If-Match": replaces } : {}),
    },
  });
}

/** Fetch the server's version and keep it beside ours, for a person to choose. */
async function keepBoth(item: Item, content: Content): Promise<Round> {
  const headers = { Accept: "application/json" };
  const response = await request(addressOf(item), { headers, cache: "no-store" }).catch(() => null);
  const theirs = response?.ok ? ((await json(response)) as Fields | undefined) : undefined;
  if (!theirs) return round("retry");
  const serverVersion = response?.headers.get("ETag") ?? "*";
  await settle(item, { state: "conflict", serverVersion }, { ...content, theirs });
  return round("ok");
}

function addressOf(item: Item): string {
  return `${item.endpoint}/${item.id}`;
}

function round(standing: Standing, retryAfterMs = 0): Round {
  return { standing, retryAfterMs: retryAfterMs || 0 };
}

async function json(response: Response): Promise<unknown> {
  return response.json().catch(() => undefined);
}

async function request(url: string, options: RequestInit): Promise<Response> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), REQUEST_MS);
  try {
    return await fetch(url, { credentials: "same-origin", ...options, signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

function oneAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(name, work) as Promise<T>) : work();
}
