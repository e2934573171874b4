import { all, one } from "./dom";
import { renew } from "./region";

const PAUSE_MS = 200;

/** A form that shows what would be while its sliders move; without this its button does. */
export function startTrying(): void {
  for (const form of all<HTMLFormElement>("form[data-nv-try]")) {
    let timer = 0;
    form.addEventListener("input", (event) => {
      const slider = event.target as HTMLInputElement;
      const shown = one<HTMLOutputElement>(`output[for="${slider.id}"]`, form);
      if (shown) shown.value = String(Number(slider.value));
      const kept = one<HTMLInputElement>(`form[data-nv-keep] input[name="${slider.name}"]`);
      if (kept) kept.value = slider.value;
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void show(form), PAUSE_MS);
    });
  }
}

async function show(form: HTMLFormElement): Promise<void> {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) asked.append(name, String(value));
  const address = `${form.action}?${asked}`;
  if (await renew(form.dataset["nvTry"] ?? "", address)) history.replaceState(null, "", address);
}
