// Small helpers over the page.

export function all<T extends Element = HTMLElement>(
  selector: string,
  within: ParentNode = document,
): T[] {
  return Array.from(within.querySelectorAll<T>(selector));
}

export function one<T extends Element = HTMLElement>(
  selector: string,
  within: ParentNode = document,
): T | null {
  return within.querySelector<T>(selector);
}

export function make(tag: string, className: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** A copy of a `<template data-nv-NAME>`'s content; words live in the page, never here. */
export function copy(name: string): DocumentFragment | null {
  const template = one<HTMLTemplateElement>(`template[data-nv-${name}]`);
  return template ? (template.content.cloneNode(true) as DocumentFragment) : null;
}

/** Put text into the parts of a copy: `fill(copy, { title: "…" })` for `data-nv-part="title"`. */
export function fill(within: ParentNode, texts: Record<string, string>): void {
  for (const [part, text] of Object.entries(texts)) {
    for (const target of all(`[data-nv-part="${part}"]`, within)) target.textContent = text;
  }
}

/** "{count} waiting" with its numbers put in. */
export function words(pattern: string, values: Record<string, string | number>): string {
  return pattern.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function dateTime(iso: string): string {
  return inWords(iso, { dateStyle: "medium", timeStyle: "short" });
}

/** A day; what is no day stays as it was typed. */
export function day(iso: string): string {
  return Date.parse(iso) ? inWords(iso, { dateStyle: "long", timeZone: "UTC" }) : iso;
}

function inWords(iso: string, style: Intl.DateTimeFormatOptions): string {
  const { lang } = document.documentElement;
  return new Date(iso).toLocaleString(lang === "en" ? "en-GB" : lang, style);
}

export function shared(name: string): string {
  return document.body.dataset[name] ?? "";
}
