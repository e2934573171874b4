// A form that keeps each answer on the device, and is sent from there when there is a network.
//   <form data-offline="contact" data-endpoint="/outreach/api/contacts" …>
import { all, copy, dateTime, fill, one } from "./dom";
import { read, restore } from "./fields";
import { clearProblems, controlOf, missing, showProblems } from "./problems";
import { pump } from "./pump";
import { Steps } from "./steps";
import { contentOf, device, discard, item, items, keep, type Item, type Problem } from "./store";

const SETTLE_MS = 300;
const PATIENCE_MS = 6_000;
export const LAST = "nv-last";

export class OfflineForm {
  private id = "";
  private kept: Item | undefined;
  private readonly steps: Steps;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saving: Promise<void> = Promise.resolve();
  private done = false;
  private touched = false;
  private gotKey: (key: unknown) => void = () => undefined;
  private readonly key = new Promise<unknown>((resolve) => (this.gotKey = resolve));

  constructor(private readonly form: HTMLFormElement) {
    this.steps = new Steps(form, () => clearProblems(form));
  }

  /** Show one question at a time. Nothing is kept or sent before `keepWith`. */
  ask(): void {
    this.steps.start(location.hash.slice(1));
    this.form.addEventListener("input", () => this.soon());
    this.form.addEventListener("change", () => void this.save());
    document.addEventListener("visibilitychange", () => this.flush());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.submit();
    });
    for (const button of all("[data-nv-next]", this.form)) {
      button.addEventListener("click", () => void this.next());
    }
    this.form.dataset.nvStarted = "";
  }

  /** Keep answers as soon as the device has its key. */
  async keepWith(key: Promise<unknown>): Promise<void> {
    this.gotKey(key);
    await key;
    if (!(await device())) return;
    const asked = new URLSearchParams(location.search).get("item");
    const before = asked ?? sessionStorage.getItem(this.slot);
    // What a person has typed meanwhile is never replaced by an older draft.
    if (this.touched || !before || !(await this.resume(before))) await this.begin();
    this.form.dataset.nvReady = "";
  }

  /** The browser keeps nothing: the questions are asked, and the form posts. */
  keepNothing(): void {
    this.gotKey(undefined);
  }

  private get slot(): string {
    return `nv-form-${this.form.dataset.offline}`;
  }

  private async begin(): Promise<void> {
    this.id = crypto.randomUUID();
    await hold(this.id);
    sessionStorage.setItem(this.slot, this.id);
    if (this.touched) await this.save();
    await this.offerEarlier();
  }

  /** Take up a record that this device keeps, unless another page has it open. */
  private async resume(id: string): Promise<boolean> {
    const found = await item(id);
    const content = found && (await contentOf(found));
    if (!content || !(await hold(id))) return false;
    this.id = id;
    this.kept = found;
    sessionStorage.setItem(this.slot, id);
    restore(this.form, content.entries);
    this.steps.start(content.step);
    if (content.problems) this.explain(content.problems);
    return true;
  }

  /** Say that an unfinished record of the same kind is here, and offer to carry on with it. */
  private async offerEarlier(): Promise<void> {
    const owner = (await device())?.owner;
    const drafts = (await items()).filter(
      (kept) =>
        kept.form === this.form.dataset.offline && kept.state === "draft" && kept.owner === owner,
    );
    for (const draft of drafts.reverse()) {
      if (await isHeld(draft.id)) continue;
      const offer = copy("resume");
      if (!offer) return;
      fill(offer, { when: dateTime(draft.recordedAt) });
      const box = offer.firstElementChild as HTMLElement;
      one("[data-nv-carry-on]", box)?.addEventListener("click", () => {
        sessionStorage.setItem(this.slot, draft.id);
        location.replace(location.pathname);
      });
      one("[data-nv-throw-away]", box)?.addEventListener("click", () => {
        void discard(draft.id).then(() => box.remove());
      });
      this.form.before(box);
      return;
    }
  }

  private soon(): void {
    this.touched = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), SETTLE_MS);
  }

  private flush(): void {
    if (document.visibilityState === "hidden" && this.timer) void this.save();
  }

  /** Keep the form as it stands; one write at a time, in order. */
  private save(state: "draft" | "waiting" = "draft"): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.touched = true;
    if (!this.id || (this.done && state === "draft")) return this.saving;
    const write = async (): Promise<void> => {
      const owner = (await device())?.owner;
      if (!owner) return;
      void this.steps.asked;
      const content = { ...read(this.form), step: this.steps.name };
      const record = {
        ...this.kept,
        id: this.id,
        owner,
        state,
        form: this.form.dataset.offline!,
        endpoint: this.form.dataset.endpoint!,
        page: location.pathname,
        recordedAt: this.kept?.recordedAt ?? new Date().toISOString(),
        revision: (this.kept?.revision ?? 0) + (state === "waiting" ? 1 : 0),
      };
      await keep(record, content);
      this.kept = await item(this.id);
    };
    this.saving = this.saving.then(write, write);
    return this.saving;
  }

  private async next(): Promise<void> {
    const problems = missing(this.steps.current!);
    if (problems.length) return showProblems(this.form, problems);
    clearProblems(this.form);
    if (!this.steps.next()) return this.form.requestSubmit();
    await this.save();
  }

  private async submit(): Promise<void> {
    const problems = this.steps.asked.flatMap(missing);
    if (problems.length) return this.explain(problems);
    const known = await this.key.then(device).catch(() => undefined);
    // Without a key (the server could not give one, or the browser keeps nothing) the form goes as
    // an ordinary form does.
    if (!known) return this.form.submit();
    if (!this.id) await this.begin();
    this.done = true;
    await this.save("waiting");
    await Promise.race([pump(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
    const left = await item(this.id);
    if (left?.state === "rejected") {
      this.done = false;
      this.kept = left;
      this.explain((await contentOf(left))?.problems ?? []);
      return;
    }
    sessionStorage.removeItem(this.slot);
    sessionStorage.setItem(LAST, this.id);
    location.assign(this.form.dataset.nvDone!);
  }

  private explain(problems: Problem[]): void {
    const first = problems.map((problem) => controlOf(this.form, problem.field)).find(Boolean);
    const step = first?.closest<HTMLElement>("[data-nv-step]");
    if (step && step !== this.steps.current) this.steps.go(step.dataset.nvStep!);
    showProblems(this.form, problems);
  }
}

/** Hold a record for this page until it closes; false when another page holds it. */
function hold(id: string): Promise<boolean> {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    void navigator.locks.request(`newvoices-${id}`, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock ? new Promise(() => undefined) : undefined;
    });
  });
}

async function isHeld(id: string): Promise<boolean> {
  if (!navigator.locks) return false;
  const { held } = await navigator.locks.query();
  return (held ?? []).some((lock) => lock.name === `newvoices-${id}`);
}
