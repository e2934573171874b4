// A form's controls to what the server gets, to what a person reads, and back.
import { all, one } from "./dom";
import { put } from "./paths";
import type { Content, Fields, Shown, Value } from "./store";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const NOT_ANSWERS = new Set(["csrf_token"]);

export function controls(within: ParentNode): Control[] {
  return all<Control>("input[name], select[name], textarea[name]", within).filter(
    (control) => !NOT_ANSWERS.has(control.name) && control.type !== "submit",
  );
}

/** Whether the question is asked at all: not in a skipped step or a closed conditional part. */
function asked(control: Control): boolean {
  return !control.closest(
    "[data-nv-skipped], .govuk-radios__conditional--hidden, .govuk-checkboxes__conditional--hidden",
  );
}

function ticked(control: Control): boolean {
  return !/^(radio|checkbox)$/.test(control.type) || (control as HTMLInputElement).checked;
}

/** All answers, as the server's JSON, as sentences for a list, and as the form itself stands. */
export function read(form: HTMLFormElement): Omit<Content, "step"> {
  const present = controls(form);
  const entries = present
    .filter(ticked)
    .map((control): [string, string] => [control.name, control.value]);
  const fields: Fields = {};
  const shown: Shown[] = [];
  const dates = new Set<string>();
  for (const name of new Set(present.filter(asked).map((control) => control.name))) {
    const group = present.filter((control) => control.name === name && asked(control));
    const date = group[0]?.closest<HTMLElement>("[data-nv-date]");
    if (date) {
      const whole = date.dataset.nvDate!;
      if (dates.has(whole)) continue;
      dates.add(whole);
      const value = dateOf(date);
      put(fields, whole, value);
      push(shown, whole, date, value ?? "", undefined, true);
    } else {
      put(fields, name, valueOf(group));
      // An answer may stand for others, as a recent place does for its name, kind and area.
      const meant = JSON.parse(group.find(ticked)?.dataset.nvMeans ?? "[]") as [string, Value][];
      for (const [field, value] of meant) put(fields, field, value);
      push(shown, meant[0]?.[0] ?? name, group[0]!, textOf(group), optionsOf(group));
    }
  }
  return { entries, fields, shown };
}

/** Set the controls as they stood. */
export function restore(form: HTMLFormElement, entries: [string, string][]): void {
  const left = [...entries];
  for (const control of controls(form)) {
    const at = left.findIndex(
      ([name, value]) =>
        name === control.name &&
        (!/^(radio|checkbox)$/.test(control.type) || value === control.value),
    );
    if (/^(radio|checkbox)$/.test(control.type)) {
      (control as HTMLInputElement).checked = at >= 0;
    } else if (at >= 0) {
      control.value = left[at]![1];
    }
    if (at >= 0) left.splice(at, 1);
  }
  // The components open and close their conditional parts when a page is shown again.
  dispatchEvent(new Event("pageshow"));
}

function valueOf(group: Control[]): Value {
  const first = group[0]!;
  const kind = first.closest<HTMLElement>("[data-nv-type]")?.dataset.nvType ?? "";
  const chosen = group.filter(ticked).map((control) => control.value.trim());
  const given = chosen.filter((text) => text !== "").map((text) => typed(text, kind));
  if (kind.startsWith("list") || (first.type === "checkbox" && group.length > 1)) return given;
  if (first.type === "checkbox" && !kind) return given.length > 0;
  return given[0] ?? null;
}

/** `data-nv-type`: number, boolean, list, list-number. What is no number goes as it was typed. */
function typed(text: string, kind: string): Value {
  if (kind === "boolean") return text === "true" || text === "yes";
  if (kind.endsWith("number") && Number.isFinite(Number(text))) return Number(text);
  return text;
}

function dateOf(group: HTMLElement): string | null {
  const part = (name: string): string =>
    one<HTMLInputElement>(`[name$="${name}"]`, group)?.value.trim() ?? "";
  const [day, month, year] = [part("day"), part("month"), part("year")];
  if (!day && !month && !year) return null;
  if (![day, month, year].every((text) => /^\d+$/.test(text))) return `${year}-${month}-${day}`;
  return `${year.padStart(4, "0")}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
}

function textOf(group: Control[]): string {
  return group
    .filter((control) => ticked(control) && control.value !== "" && control.type !== "hidden")
    .map((control) => {
      if (/^(radio|checkbox)$/.test(control.type)) return labelOf(control);
      if (control instanceof HTMLSelectElement) return control.selectedOptions[0]?.text ?? "";
      return control.value.trim();
    })
    .filter(Boolean)
    .join(", ");
}

function optionsOf(group: Control[]): Record<string, string> {
  const first = group[0]!;
  if (first instanceof HTMLSelectElement) {
    return Object.fromEntries(Array.from(first.options, (option) => [option.value, option.text]));
  }
  if (!/^(radio|checkbox)$/.test(first.type)) return {};
  return Object.fromEntries(group.map((control) => [control.value, labelOf(control)]));
}

function push(
  shown: Shown[],
  name: string,
  at: Element,
  text: string,
  options: Record<string, string> = {},
  date = false,
): void {
  const label = questionOf(at);
  if (label) shown.push({ name, label, text, options, date });
}

/** The question's words: the legend of its group, or its own label. */
function questionOf(at: Element): string {
  const legend = one("legend", at.closest("fieldset") ?? at);
  const labelled = at instanceof HTMLElement && "labels" in at ? labelOf(at as Control) : "";
  const many = at instanceof HTMLInputElement && /^(radio|checkbox)$/.test(at.type);
  const text = (many || !labelled ? legend?.textContent : labelled) ?? "";
  return text.trim();
}

function labelOf(control: Control): string {
  return control.labels?.[0]?.textContent?.trim() ?? "";
}
