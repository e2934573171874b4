// "Use where I am": asks the device once, on a tap, and keeps two decimals, about a kilometre.
//   <div data-nv-position> with inputs named …latitude and …longitude, and parts ask, kept, none
import { all, one } from "./dom";

const DECIMALS = 2;

export function startPosition(): void {
  for (const box of all("[data-nv-position]")) {
    if (!navigator.geolocation) return;
    const inputs = all<HTMLInputElement>("input", box);
    const show = (failed = false): void => {
      const kept = inputs.every((input) => input.value);
      part(box, "ask").hidden = kept;
      part(box, "kept").hidden = !kept;
      part(box, "none").hidden = kept || !failed;
    };
    const set = (degrees: number[]): void => {
      inputs.forEach((input, at) => (input.value = degrees[at]?.toFixed(DECIMALS) ?? ""));
      inputs[0]!.dispatchEvent(new Event("change", { bubbles: true }));
      show();
    };
    one("[data-nv-position-use]", box)!.addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => set([coords.latitude, coords.longitude]),
        () => show(true),
        { maximumAge: 60_000, timeout: 20_000 },
      );
    });
    one("[data-nv-position-drop]", box)!.addEventListener("click", () => set([]));
    // A draft that was taken up again may hold one.
    addEventListener("pageshow", () => show());
    box.hidden = false;
    show();
  }
}

function part(box: HTMLElement, name: string): HTMLElement {
  return one(`[data-nv-part="${name}"]`, box)!;
}
