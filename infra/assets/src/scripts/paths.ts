// Names of controls as places in a record: `people`, `availability.weekdays`, `consents[0].given`.
import type { Fields, Value } from "./store";

// A name of these would reach what all objects share.
const NEVER = ["__proto__", "constructor", "prototype"];

function parts(path: string): string[] {
  const names = path.replace(/\[(\d+)\]/g, ".$1").split(".");
  return names.some((name) => NEVER.includes(name)) ? ["_"] : names;
}

/** Put a value in its place. What was not answered (null) is left out. */
export function put(record: Fields, path: string, value: Value): void {
  if (value === null) return;
  const names = parts(path);
  const last = names.pop()!;
  let place = record as Record<string, Value>;
  names.forEach((name, at) => {
    place[name] ??= /^\d+$/.test(names[at + 1] ?? last) ? [] : {};
    place = place[name] as Record<string, Value>;
  });
  place[last] = value;
}

export function get(record: Fields, path: string): Value | undefined {
  return parts(path).reduce<Value | undefined>(
    (place, name) => (place as Record<string, Value> | null | undefined)?.[name],
    record,
  );
}

/** The fields of `mine` that `theirs` knows and has otherwise. */
export function differing(mine: Fields, theirs: Fields): Fields {
  return Object.fromEntries(
    Object.entries(mine).filter(
      ([name, value]) => name in theirs && JSON.stringify(value) !== JSON.stringify(theirs[name]),
    ),
  );
}
