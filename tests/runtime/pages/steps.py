"""What a link worker does on the phone, in words."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Error, Page

PATIENCE_SECONDS = 45

# The device's own store, read the way somebody who holds the phone could.
READ_STORE = """async (store) => {
  const db = await new Promise((resolve, reject) => {
    const opening = indexedDB.open('newvoices');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const all = db.transaction(store).objectStore(store).getAll();
  const rows = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
  db.close();
  return rows.map((row) => typeof row !== 'object' ? row : {
    ...row,
    key: row.key && {extractable: row.key.extractable, algorithm: row.key.algorithm.name},
    sealed: row.sealed && Array.from(new Uint8Array(row.sealed.data)),
  });
}"""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def fill_in(page: Page, venue: str = "Food bank") -> None:
    """Answer all questions up to the last button."""
    page.wait_for_selector("form[data-nv-ready]")
    page.fill("#venue", venue)
    press(page, "Continue")
    page.get_by_label("One person").check()
    press(page, "Continue")
    press(page, "Continue")


def save(page: Page) -> None:
    press(page, "Save contact")
    page.wait_for_url("**/field/saved")


# The answers of each record, opened with the device's own key, as the page itself would.
OPEN_ANSWERS = """async () => {
  const open = (name) => new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const all = (db, store) => new Promise((resolve) => {
    const reading = db.transaction(store).objectStore(store).getAll();
    reading.onsuccess = () => resolve(reading.result);
  });
  const db = await open('newvoices');
  const [device] = await all(db, 'device');
  const items = await all(db, 'items');
  db.close();
  return Promise.all(items.map(async ({id, sealed}) => {
    const how = {name: 'AES-GCM', iv: sealed.iv, additionalData: new TextEncoder().encode(id)};
    const plain = await crypto.subtle.decrypt(how, device.key, sealed.data);
    return Object.fromEntries(JSON.parse(new TextDecoder().decode(plain)).entries);
  }));
}"""


# Copies of the record on the device, each with an id and a place of its own, sealed like it.
COPY = """async (venues) => {
  const db = await new Promise((resolve, reject) => {
    const opening = indexedDB.open('newvoices');
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const all = (store) => new Promise((resolve) => {
    const reading = db.transaction(store).objectStore(store).getAll();
    reading.onsuccess = () => resolve(reading.result);
  });
  const [{key}] = await all('device');
  const [record] = await all('items');
  const how = (iv, id) => ({name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(id)});
  const {iv, data} = record.sealed;
  const plain = await crypto.subtle.decrypt(how(iv, record.id), key, data);
  const content = JSON.parse(new TextDecoder().decode(plain));
  const copies = await Promise.all(venues.map(async (venue) => {
    const id = crypto.randomUUID(), iv = crypto.getRandomValues(new Uint8Array(12));
    const entries = content.entries.map(([name, value]) => [name, name == 'venue' ? venue : value]);
    const copy = {...content, entries, fields: {...content.fields, venue}};
    const text = new TextEncoder().encode(JSON.stringify(copy));
    return {...record, id, sealed: {iv, data: await crypto.subtle.encrypt(how(iv, id), key, text)}};
  }));
  const writing = db.transaction('items', 'readwrite');
  for (const copy of copies) writing.objectStore('items').put(copy);
  await new Promise((resolve) => { writing.oncomplete = resolve; });
  db.close();
}"""


def log_more_like_it(page: Page, venues: list[str]) -> None:
    """As if contacts like the one on the device had been logged at these places as well."""
    page.evaluate(COPY, venues)
    page.reload()


def stored(page: Page, store: str = "items") -> list[Any]:
    rows: list[Any] = _look(page, READ_STORE, store)
    return rows


def answers(page: Page) -> list[dict[str, str]]:
    """What the records on the device say, by the names of the form's fields."""
    opened: list[dict[str, str]] = _look(page, OPEN_ANSWERS)
    return opened


def _look(page: Page, script: str, *told: str) -> Any:
    """The script's answer. A page that moves on meanwhile is asked again once it has."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return page.evaluate(script, *told)
        except Error as error:
            if "context was destroyed" not in error.message or time.monotonic() > deadline:
                raise
            page.wait_for_load_state()


def waits(page: Page) -> list[str]:
    """The states of the records on the device."""
    return [row["state"] for row in stored(page)]


def until(page: Page, what: Callable[[], bool], why: str) -> None:
    """Let the page work until something holds."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not _holds(what):
        assert time.monotonic() < end, why
        page.wait_for_timeout(50)


def _holds(what: Callable[[], bool]) -> bool:
    try:
        return what()
    except Error as error:
        # The page went on to another one while it was asked.
        if "context was destroyed" in str(error):
            return False
        raise


def log_offline(page: Page, base: str, venue: str = "Food bank") -> None:
    """With the network cut: log one contact, which then waits on the device."""
    page.context.set_offline(True)
    page.goto(f"{base}/field/contact")
    fill_in(page, venue)
    save(page)
