// Errors on the page in the same shape as the server writes them: a summary that takes the
// keyboard, and the message again beside its question.
import { ErrorSummary } from "govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs";
import { all, make, one } from "./dom";
import { controls } from "./fields";
import type { Problem } from "./store";

/** What is missing in a part of the form: groups marked `data-nv-required="Say where you met."` */
export function missing(within: HTMLElement): Problem[] {
  const found: Problem[] = [];
  for (const group of all("[data-nv-required]", within)) {
    if (group.closest("[data-nv-skipped], [class*='__conditional--hidden']")) continue;
    const name = group.getAttribute("name") ?? controls(group)[0]?.name ?? "";
    if (!hasAnswer(group)) found.push({ field: name, message: group.dataset.nvRequired! });
  }
  return found;
}

export function clearProblems(form: HTMLFormElement): void {
  for (const old of all("[data-nv-problem]", document)) old.remove();
  for (const group of all(".govuk-form-group--error[data-nv-marked]", form)) {
    group.classList.remove("govuk-form-group--error");
    group.removeAttribute("data-nv-marked");
  }
  for (const control of controls(form)) {
    if (control.getAttribute("aria-invalid")) control.removeAttribute("aria-invalid");
    control.classList.remove("govuk-input--error", "govuk-textarea--error", "govuk-select--error");
  }
}

export function showProblems(form: HTMLFormElement, problems: Problem[]): void {
  clearProblems(form);
  const summary = make("div", "govuk-error-summary");
  summary.dataset.nvProblem = "";
  const alert = make("div", "");
  alert.setAttribute("role", "alert");
  alert.append(make("h2", "govuk-error-summary__title", form.dataset.nvProblemTitle));
  const body = make("div", "govuk-error-summary__body");
  const list = make("ul", "govuk-list govuk-error-summary__list");
  for (const problem of problems) list.append(entry(form, problem));
  body.append(list);
  alert.append(body);
  summary.append(alert);
  form.before(summary);
  // Takes the keyboard, and leads from each message to its question.
  new ErrorSummary(summary);
}

/** The control that a field's name in a problem means: `venue`, `venue.name`, `follow_up_on`. */
export function controlOf(form: HTMLFormElement, field: string): HTMLElement | null {
  if (!field) return null;
  const named = (name: string): HTMLElement | null =>
    one(`[name="${CSS.escape(name)}"]`, form) ??
    one(`[data-nv-date="${CSS.escape(name)}"] input`, form);
  return named(field) ?? named(field.split(".")[0]!);
}

function entry(form: HTMLFormElement, problem: Problem): HTMLElement {
  const item = make("li", "");
  const control = controlOf(form, problem.field);
  if (!control) {
    item.textContent = problem.message;
    return item;
  }
  control.id ||= `nv-${problem.field}`;
  const link = make("a", "", problem.message) as HTMLAnchorElement;
  link.href = `#${control.id}`;
  item.append(link);
  mark(control, problem);
  return item;
}

function mark(control: HTMLElement, problem: Problem): void {
  const group = control.closest<HTMLElement>("fieldset")?.closest<HTMLElement>(".govuk-form-group") ??
    control.closest<HTMLElement>(".govuk-form-group");
  if (!group || group.dataset.nvMarked !== undefined) return;
  group.classList.add("govuk-form-group--error");
  group.dataset.nvMarked = "";
  const message = make("p", "govuk-error-message", problem.message);
  message.dataset.nvProblem = "";
  message.id = `${control.id}-problem`;
  const before = one(".govuk-radios, .govuk-checkboxes, .govuk-date-input", group) ?? control;
  before.before(message);
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", message.id);
  for (const kind of ["input", "textarea", "select"]) {
    if (control.classList.contains(`govuk-${kind}`)) control.classList.add(`govuk-${kind}--error`);
  }
}

function hasAnswer(group: HTMLElement): boolean {
  const parts = group.matches("input, select, textarea")
    ? [group as HTMLInputElement]
    : (controls(group) as HTMLInputElement[]);
  return parts.some((part) =>
    part.type === "radio" || part.type === "checkbox" ? part.checked : part.value.trim() !== "",
  );
}
