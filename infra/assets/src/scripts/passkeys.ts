// Passkeys: a button that asks the device, and sends its answer. Words live in the page.
import { all, one } from "./dom";

type Json = { [name: string]: Json } | Json[] | string | number | boolean | null;

function bytes(text: string): ArrayBuffer {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

function text(raw: ArrayBuffer): string {
  const plain = String.fromCharCode(...new Uint8Array(raw));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** What the server says: options with their step, or where to go next. */
interface Said {
  step: string;
  options: unknown;
  next: string;
}

async function send(path: string, body: Json): Promise<Said> {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.detail ?? "");
  return said;
}

/** The options with bytes in place of their texts, as the browser takes them. */
function readied(options: any): any {
  const known = (list: any[] | undefined) => list?.map((one) => ({ ...one, id: bytes(one.id) }));
  return {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user && { user: { ...options.user, id: bytes(options.user.id) } }),
    excludeCredentials: known(options.excludeCredentials),
    allowCredentials: known(options.allowCredentials),
  };
}

function told(credential: PublicKeyCredential): Json {
  const answer = credential.response as AuthenticatorAttestationResponse &
    AuthenticatorAssertionResponse;
  const response: { [name: string]: Json } = { clientDataJSON: text(answer.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"] as const)
    if (answer[name]) response[name] = text(answer[name] as ArrayBuffer);
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response,
  };
}

async function use(place: HTMLElement, path: string): Promise<void> {
  const { step, options } = await send(`${path}/options`, {});
  const publicKey = readied(options);
  const isNew = "user" in publicKey;
  const credential = isNew
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  const answer = told(credential as PublicKeyCredential);
  const said = await send(path, { step, answer, next: place.dataset.nvNext ?? "" });
  location.assign(said.next);
}

if (window.PublicKeyCredential)
  for (const place of all<HTMLElement>("[data-nv-passkey]")) {
    const button = one<HTMLButtonElement>("button", place)!;
    const line = one("[data-nv-said]", place)!;
    place.hidden = false;
    button.addEventListener("click", () => {
      button.disabled = true;
      line.textContent = "";
      use(place, place.dataset.nvPasskey!).catch((problem: Error) => {
        // What the browser says is for programmers; what our server says is for people.
        line.textContent = problem instanceof DOMException ? "" : problem.message;
        line.textContent ||= place.dataset.nvFailed!;
        button.disabled = false;
      });
    });
  }
