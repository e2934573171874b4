// The list of what has not been sent, and the two versions of a record side by side.
import { all, copy, dateTime, day, fill, make, one } from "./dom";
import { get } from "./paths";
import { pump } from "./pump";
import {
  clearNotes,
  contentOf,
  discard,
  items,
  notes,
  settle,
  type Content,
  type Item,
  type Shown,
  type Value,
} from "./store";

/** Draw the list into `[data-nv-outbox]`; the page's templates hold all words. */
export async function drawWaiting(): Promise<void> {
  const list = one("[data-nv-outbox]");
  if (!list) return;
  const drawn = await Promise.all((await items()).map(draw));
  const shown = drawn.filter((entry): entry is HTMLElement => entry !== null);
  list.replaceChildren(...shown);
  const nothing = one("[data-nv-nothing]");
  if (nothing) nothing.hidden = shown.length > 0;
  const now = one("[data-nv-send-now]");
  if (now) now.hidden = shown.length === 0;
  await drawNotes();
}

async function draw(item: Item): Promise<HTMLElement | null> {
  const content = await contentOf(item).catch(() => undefined);
  const part = copy(content ? `item-${item.state}` : "item-sealed");
  const entry = part?.firstElementChild as HTMLElement | null;
  if (!part || !entry) return null;
  entry.dataset.state = item.state;
  entry.dataset.nvItem = item.id;
  fill(entry, {
    when: dateTime(item.recordedAt),
    what: content?.shown.find((answer) => answer.text)?.text ?? "",
  });
  for (const link of all<HTMLAnchorElement>("[data-nv-open]", entry)) {
    link.href = `${item.page}?item=${item.id}`;
  }
  one("[data-nv-throw-away]", entry)?.addEventListener("click", (event) => {
    const button = event.currentTarget as HTMLElement;
    if (confirm(button.dataset.confirm)) void discard(item.id);
  });
  if (content?.problems) {
    const box = one('[data-nv-part="problems"]', entry);
    box?.replaceChildren(...content.problems.map((problem) => make("li", "", problem.message)));
  }
  if (content?.theirs) compare(entry, item, content);
  return entry;
}

function compare(entry: HTMLElement, item: Item, content: Content): void {
  const rows = content.shown
    .filter((mine) => get(content.theirs!, mine.name) !== undefined || mine.text)
    .map((mine) => {
      const ours = inWords(mine.text, mine);
      const theirs = inWords(get(content.theirs!, mine.name) ?? null, mine);
      const row = make("tr", "govuk-table__row");
      const name = make("th", "govuk-table__header", mine.label);
      name.setAttribute("scope", "row");
      row.append(name, cell(ours), cell(theirs));
      row.toggleAttribute("data-nv-differs", ours !== theirs);
      return row;
    });
  const differs = (row: Element): number => Number(row.hasAttribute("data-nv-differs"));
  one("tbody", entry)?.replaceChildren(...rows.sort((a, b) => differs(b) - differs(a)));
  one("[data-nv-keep-mine]", entry)?.addEventListener("click", () => {
    const replaces = item.serverVersion ?? "*";
    void settle(item, { state: "waiting", replaces, revision: item.revision + 1 }).then(pump);
  });
  one("[data-nv-keep-theirs]", entry)?.addEventListener("click", () => void discard(item.id));
}

function inWords(value: Value, mine: Shown): string {
  const name = (one: string): string =>
    mine.date && one ? day(one) : (mine.options?.[one] ?? one);
  if (Array.isArray(value)) return value.map((entry) => name(String(entry))).join(", ");
  return !value && value !== 0 ? "" : name(String(value));
}

function cell(text: string): HTMLElement {
  return make("td", "govuk-table__cell", text || "–");
}

async function drawNotes(): Promise<void> {
  const box = one("[data-nv-notes]");
  const count = (await notes()).length;
  if (!box) return;
  box.hidden = count === 0;
  one("[data-nv-notes-read]", box)?.addEventListener("click", () => {
    void clearNotes().then(() => (box.hidden = true));
  });
}
