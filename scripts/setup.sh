# Sourced by ./run and ./test: sets up a Debian machine and builds, one line per step, quick when nothing is left to do.
set -euo pipefail
export LC_ALL=C.UTF-8
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD_DIR=$(realpath -m "${BUILD_DIR:-$ROOT/build}")
SETUP_LOG=$BUILD_DIR/setup.log
mkdir -p "$BUILD_DIR"

# step "what" command...: runs the command with its output in the log; on failure says which step, why and what to do.
step() {
  local what=$1 started=$SECONDS
  shift
  printf '%s ... ' "$what" >&2
  if "$@" >>"$SETUP_LOG" 2>&1 </dev/null; then
    printf 'done (%d s)\n' $((SECONDS - started)) >&2
    return 0
  fi
  printf 'FAILED\n\n' >&2
  tail -n 25 "$SETUP_LOG" >&2
  printf '\n"%s" failed; the last lines of %s are above.\n%s\n' "$what" "$SETUP_LOG" "${ADVICE:-}" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The packages of the purposes named that this machine lacks.
missing_packages() {
  local purpose names name found
  while read -r purpose names; do
    [[ " $* " == *" $purpose "* ]] || continue
    # Node from elsewhere is as good as Debian's, and often newer.
    if [[ $names == nodejs || $names == npm ]] && command -v "${names/nodejs/node}" >/dev/null; then continue; fi
    found=
    for name in ${names//|/ }; do
      if installed "$name"; then found=yes; break; fi
    done
    [ -n "$found" ] || echo "$names"
  done < <(grep -v '^#' "$ROOT/scripts/debian-packages.txt")
}

install_packages() {
  local alternatives name wanted=()
  as_root apt-get update -q
  for alternatives in "$@"; do
    for name in ${alternatives//|/ }; do
      if apt-cache show "$name" >/dev/null 2>&1; then wanted+=("$name"); break; fi
    done
  done
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${wanted[@]}"
}

# prepare PURPOSE...: Debian packages for these purposes.
prepare() {
  : >"$SETUP_LOG"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
      echo "This script installs Debian packages, and there is no apt-get here. scripts/debian-packages.txt lists what is needed." >&2
      exit 1
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
      echo "Missing packages: ${missing[*]}. Run this as root, or install sudo." >&2
      exit 1
    fi
    ADVICE="Is the network there, and does 'apt-get update' work? The packages wanted: ${missing[*]}" \
      step "Installing ${#missing[@]} Debian packages" install_packages "${missing[@]}"
  fi
}

# The page is built anew only when one of its sources changed.
page_stamp() {
  (cd "$ROOT/web" && find . -type f -not -path './node_modules/*' -not -path './dist/*' -not -path './test-results/*' -print0 | sort -z |
    xargs -0 sha256sum | sha256sum)
}

build_page() {
  cd "$ROOT/web"
  if [ ! -d node_modules ] || ! cmp -s package-lock.json node_modules/.installed-lock; then
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.installed-lock
  fi
  npm run build
}

prepare_page() {
  local stamp_file=$ROOT/web/node_modules/.page-stamp
  if [ -f "$ROOT/web/dist/index.html" ] && [ "$(page_stamp)" = "$(cat "$stamp_file" 2>/dev/null)" ]; then return; fi
  ADVICE="The page needs Node 18 or later (here: $(node --version 2>/dev/null || echo none)) and the npm registry." \
    step "Building the page" build_page
  page_stamp >"$stamp_file"
}

# Linters and schemas for the files in deploy/.
install_deploy_tests() {
  cd "$ROOT/deploy/tests"
  npm ci --no-audit --no-fund
  cp package-lock.json node_modules/.installed-lock
}

prepare_deploy_tests() {
  if cmp -s "$ROOT/deploy/tests/package-lock.json" "$ROOT/deploy/tests/node_modules/.installed-lock"; then return; fi
  ADVICE="The tests of deploy/ need Node 18 or later (here: $(node --version 2>/dev/null || echo none)) and the npm registry." \
    step "Fetching the linters for deploy/" install_deploy_tests
}

configure() {
  cmake -S "$ROOT" -B "$BUILD_DIR" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_UNITY_BUILD=ON "$@"
}

# build TARGET...: configures when needed and builds.
build() {
  if [ ! -f "$BUILD_DIR/build.ninja" ]; then
    ADVICE="The lines above name what CMake did not find." step "Configuring" configure -DBUILD_TESTING=OFF
  fi
  ADVICE="Out of memory? Try again with fewer jobs: CMAKE_BUILD_PARALLEL_LEVEL=1. Out of disk? A build needs 1 GB." \
    step "Building" cmake --build "$BUILD_DIR" --target "$@"
}
