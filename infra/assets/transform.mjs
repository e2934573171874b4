// Two passes over the compiled style sheet that make the components fit our needs:
// colours that dark mode can change, and sides that follow the reading direction.

// Fixed colours in the components' style sheet, and the custom property that takes over.
const COLOURS = {
  "#f3f3f3": "var(--nv-quiet)",
  "#cecece": "var(--nv-quiet-hover)",
  "#858686": "var(--nv-quiet-shadow)",
  "#0b0c0c": "var(--govuk-text-colour)",
  "#17605f": "var(--nv-action)",
  "#0b5c3e": "var(--nv-action-hover)",
  "#083d29": "var(--nv-action-shadow)",
  "#ca3535": "var(--nv-warning)",
  "#0f7a52": "var(--nv-action)",
  "#982828": "var(--nv-warning-hover)",
};

export function recolour(css) {
  // The custom properties are always there, so their fallbacks are dead weight.
  const bare = css.replace(/var\((--govuk-[a-z-]+-colour), (?:#[0-9a-f]{3,8}|var\([^()]*(?:\([^()]*\)[^()]*)*\))\)/g, "var($1)");
  return bare.replace(/(^|[^-\w])((?:[\w-]+): [^;{}]*)/g, (whole, before, declaration) =>
    declaration.startsWith("--")
      ? whole
      : before + declaration.replace(/#[0-9a-f]{6}\b/g, (hex) => COLOURS[hex] ?? hex),
  );
}

const SIDES = [
  [/\b(margin|padding)-left:/g, "$1-inline-start:"],
  [/\b(margin|padding)-right:/g, "$1-inline-end:"],
  [/\bborder-left(-\w+)?:/g, "border-inline-start$1:"],
  [/\bborder-right(-\w+)?:/g, "border-inline-end$1:"],
  [/(^|[\s;{])left:/gm, "$1inset-inline-start:"],
  [/(^|[\s;{])right:/gm, "$1inset-inline-end:"],
  [/\btext-align: left\b/g, "text-align: start"],
  [/\btext-align: right\b/g, "text-align: end"],
  [/\bjustify-content: right\b/g, "justify-content: end"],
  [/\bfloat: left\b/g, "float: inline-start"],
  [/\bfloat: right\b/g, "float: inline-end"],
  [
    /\b(margin|padding): (\S+) (\S+) (\S+) ([^\s;]+);/g,
    "$1-block: $2 $4; $1-inline: $5 $3;",
  ],
  [
    /\bborder-width: (\S+) (\S+) (\S+) ([^\s;]+);/g,
    "border-block-width: $1 $3; border-inline-width: $4 $2;",
  ],
];

export function logical(css) {
  return SIDES.reduce((text, [physical, flowing]) => text.replace(physical, flowing), css);
}
