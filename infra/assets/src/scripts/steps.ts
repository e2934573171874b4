// One question a page, on a form whose steps are all in the page already. Each step is an entry
// of the browser's history, so that the back button goes one question back.
import { all, one, words } from "./dom";

export class Steps {
  private readonly all: HTMLElement[];
  private readonly title = document.title;

  constructor(
    private readonly form: HTMLFormElement,
    private readonly onShow: () => void,
  ) {
    this.all = all(".nv-step[data-nv-step]", form);
    for (const button of all("[data-nv-next]", form)) button.hidden = false;
    addEventListener("popstate", () => this.show(location.hash.slice(1)));
    for (const link of all("[data-nv-back]")) {
      link.addEventListener("click", (event) => {
        if (this.position <= 0) return;
        event.preventDefault();
        history.back();
      });
    }
  }

  /** The steps that this set of answers asks; the others are marked as skipped. */
  get asked(): HTMLElement[] {
    for (const step of this.all) step.toggleAttribute("data-nv-skipped", !this.holds(step));
    return this.all.filter((step) => !step.hasAttribute("data-nv-skipped"));
  }

  get current(): HTMLElement | undefined {
    return this.all.find((step) => !step.hidden);
  }

  get name(): string {
    return this.current?.dataset.nvStep ?? "";
  }

  get position(): number {
    return this.asked.indexOf(this.current!);
  }

  /** Begin at a step without a new history entry. */
  start(name: string): void {
    this.show(name, false);
    history.replaceState(null, "", `${location.pathname}${location.search}#${this.name}`);
  }

  /** Go on to the next step; false after the last one. */
  next(): boolean {
    const following = this.asked[this.position + 1];
    if (following) this.go(following.dataset.nvStep!);
    return following !== undefined;
  }

  go(name: string): void {
    if (name !== this.name) history.pushState(null, "", `#${name}`);
    this.show(name);
  }

  private show(name: string, focus = true): void {
    const asked = this.asked;
    const wanted = asked.find((step) => step.dataset.nvStep === name) ?? asked[0];
    if (!wanted) return;
    for (const step of this.all) step.hidden = step !== wanted;
    const progress = one("[data-nv-progress]", this.form);
    if (progress) {
      const n = asked.indexOf(wanted) + 1;
      progress.textContent = words(progress.dataset.text ?? "", { n, total: asked.length });
      progress.hidden = false;
    }
    const heading = one("h1, h2, legend", wanted);
    if (heading) document.title = `${heading.textContent?.trim()} – ${this.title}`;
    if (focus) {
      wanted.tabIndex = -1;
      wanted.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    this.onShow();
  }

  /** `data-nv-if="kind=group|event"`: asked when that field has one of these values. */
  private holds(step: HTMLElement): boolean {
    const [name, values] = (step.dataset.nvIf ?? "").split("=", 2);
    if (!name) return true;
    const given = new FormData(this.form).getAll(name).map(String);
    return (values ?? "").split("|").some((value) => given.includes(value));
  }
}
