// A part of the page, read again from the server and put in place of the old one.

let reading: AbortController | null = null;

/** Replace the element with this id by the one at `address`; false if that could not be read. */
export async function renew(id: string, address: string): Promise<boolean> {
  reading?.abort();
  reading = new AbortController();
  const { signal } = reading;
  try {
    const answer = await fetch(address, { signal, headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [fresh, old] = [page.getElementById(id), document.getElementById(id)];
    if (!fresh || !old) return false;
    // The element itself stays, so that a screen reader hears a live region change.
    old.replaceChildren(...Array.from(fresh.childNodes).map((node) => document.adoptNode(node)));
    return true;
  } catch {
    return signal.aborted;
  }
}
