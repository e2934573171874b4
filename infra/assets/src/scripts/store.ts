// What this device keeps: records not sent yet, the key that opens them, and notes on what was
// dropped. Everything a person told us is sealed; states, addresses and times are in the clear.
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { seal, unseal, type Sealed } from "./crypto";

export type State = "draft" | "waiting" | "conflict" | "rejected";
export type Value = string | number | boolean | null | Value[] | { [name: string]: Value };
export type Fields = { [name: string]: Value };

/** One answer as a person reads it; `options` names the values that the form offers. */
export interface Shown {
  /** Where the answer is in the record: `people`, `availability.weekdays`. */
  name: string;
  label: string;
  text: string;
  options?: Record<string, string>;
  date?: boolean;
}

export interface Problem {
  field: string;
  message: string;
}

export interface Content {
  entries: [string, string][];
  fields: Fields;
  shown: Shown[];
  step: string;
  problems?: Problem[];
  theirs?: Fields;
}

export interface Item {
  id: string;
  owner: string;
  form: string;
  endpoint: string;
  page: string;
  state: State;
  /** When the person finished the form, by this device's clock. */
  recordedAt: string;
  /** Counts the times it was queued, so that an edit during an upload is not lost. */
  revision: number;
  /** The server's version that a person chose to replace. */
  replaces?: string;
  serverVersion?: string;
  sealed: Sealed;
}

export interface Device {
  owner: string;
  session: string;
  token: string;
  key: CryptoKey;
  lockAfterMs: number;
  usedAt: number;
}

interface Note {
  form: string;
  at: string;
}

interface Schema extends DBSchema {
  items: { key: string; value: Item };
  notes: { key: number; value: Note };
  device: { key: "current"; value: Device };
  /** The session that was locked; the records that the server said yes to, the newest last. */
  facts: { key: "locked" | "sent"; value: string[] };
}

const NAME = "newvoices";
const SENT_KEPT = 50;
let opened: Promise<IDBPDatabase<Schema>> | undefined;

function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("items", { keyPath: "id" });
      db.createObjectStore("notes", { autoIncrement: true });
      db.createObjectStore("device");
      db.createObjectStore("facts");
    },
    blocking: (_old, _new, event) => {
      (event.target as IDBDatabase).close();
      opened = undefined;
    },
    terminated: () => (opened = undefined),
  });
  return opened;
}

const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("newvoices");

/** Tell every open page, this one too, that the outbox or the lock has changed. */
export function announce(what: "changed" | "locked" | "unlocked" | "revoked"): void {
  channel?.postMessage(what);
}

export function listen(heard: (what: string) => void): void {
  if (typeof BroadcastChannel === "undefined") return;
  new BroadcastChannel("newvoices").onmessage = (event) => heard(String(event.data));
}

export async function device(): Promise<Device | undefined> {
  return (await database()).get("device", "current");
}

export async function keepDevice(value: Device): Promise<void> {
  await (await database()).put("device", value, "current");
}

export async function touchDevice(now: number): Promise<void> {
  const current = await device();
  if (current) await keepDevice({ ...current, usedAt: now });
}

/** Take the key off the device. What is sealed stays, and opens again after the next sign-in. */
export async function dropKey(lockedSession?: string): Promise<void> {
  const db = await database();
  const tx = db.transaction(["device", "facts"], "readwrite");
  await tx.objectStore("device").delete("current");
  if (lockedSession) await tx.objectStore("facts").put([lockedSession], "locked");
  await tx.done;
}

export async function lockedSession(): Promise<string | undefined> {
  return (await (await database()).get("facts", "locked"))?.[0];
}

export async function forgetLock(): Promise<void> {
  await (await database()).delete("facts", "locked");
}

/** Remember that a record arrived, for the page that is waiting to say so. */
export async function noteSent(id: string): Promise<void> {
  const tx = (await database()).transaction("facts", "readwrite");
  const before = (await tx.store.get("sent")) ?? [];
  await tx.store.put([...before, id].slice(-SENT_KEPT), "sent");
  await tx.done;
}

export async function wasSent(id: string): Promise<boolean> {
  return ((await (await database()).get("facts", "sent")) ?? []).includes(id);
}

export async function items(): Promise<Item[]> {
  const all = await (await database()).getAll("items");
  return all.sort((a, b) => a.recordedAt.localeCompare(b.recordedAt));
}

export async function item(id: string): Promise<Item | undefined> {
  return (await database()).get("items", id);
}

export async function contentOf(item: Item): Promise<Content | undefined> {
  const current = await device();
  if (!current || current.owner !== item.owner) return undefined;
  return unseal<Content>(current.key, item.id, item.sealed);
}

/** Write a record and its content. Resolves once the device has it on disk. */
export async function keep(record: Omit<Item, "sealed">, content: Content): Promise<void> {
  const current = await device();
  if (!current) throw new Error("locked");
  const sealed = await seal(current.key, record.id, content);
  const tx = (await database()).transaction("items", "readwrite", { durability: "strict" });
  await tx.store.put({ ...record, sealed });
  await tx.done;
  announce("changed");
}

/** Change a record unless it was changed since; returns whether it was done. */
export async function settle(
  seen: Item,
  change: Partial<Item> | "remove",
  content?: Content,
): Promise<boolean> {
  const current = await device();
  const sealed =
    content && current ? await seal(current.key, seen.id, content) : undefined;
  const tx = (await database()).transaction("items", "readwrite", { durability: "strict" });
  const now = await tx.store.get(seen.id);
  const same = now?.revision === seen.revision && now.state === seen.state;
  if (now && same) {
    if (change === "remove") await tx.store.delete(seen.id);
    else await tx.store.put({ ...now, ...change, ...(sealed ? { sealed } : {}) });
  }
  await tx.done;
  announce("changed");
  return same;
}

export async function discard(id: string): Promise<void> {
  await (await database()).delete("items", id);
  announce("changed");
}

export async function note(form: string): Promise<void> {
  await (await database()).add("notes", { form, at: new Date().toISOString() });
}

export async function notes(): Promise<Note[]> {
  return (await database()).getAll("notes");
}

export async function clearNotes(): Promise<void> {
  await (await database()).clear("notes");
}

/** Erase all that this device keeps for one account. Others who share the device keep theirs. */
export async function wipe(owner: string): Promise<void> {
  const theirs = (await items()).filter((item) => item.owner === owner);
  const db = await database();
  const tx = db.transaction(["items", "device"], "readwrite", { durability: "strict" });
  for (const item of theirs) await tx.objectStore("items").delete(item.id);
  await tx.objectStore("device").delete("current");
  await tx.done;
  announce("revoked");
}
