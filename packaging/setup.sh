#!/usr/bin/env bash
# Make the environment: Debian packages that are missing, and .venv from the hashed lock.
# usage: packaging/setup.sh demo|test|android        Any number of times; the second call does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

what=${1:-demo}
need=()
has() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
want() { has "$1" || need+=("$1"); }

python=$(command -v python3.11 || command -v python3 || true)
if [ -z "$python" ] || ! "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
  echo "Nuqta needs Python 3.11, and found none on this machine." >&2
  exit 1
fi
[ -x .venv/bin/python ] || "$python" -c 'import ensurepip' 2>/dev/null || want python3.11-venv
if [ "$what" = test ]; then
  # The tablet's window without a display, pages in a browser, the production database, and a
  # Java virtual machine for what the tablet asks of Android.
  for package in libegl1 libgl1 libgl1-mesa-dri chromium fonts-noto-core postgresql \
    openjdk-17-jdk-headless; do
    want "$package"
  done
elif [ "$what" = demo ]; then
  # With a display or without: the tablet's window is drawn offscreen for its page.
  for package in libegl1 libgl1 libgl1-mesa-dri; do want "$package"; done
elif [ "$what" = android ]; then
  # The manifest is linked, our Java is compiled; Arm is emulated.
  for package in aapt android-framework-res openjdk-17-jdk-headless mmdebstrap qemu-user-static patch \
    gcc-arm-linux-gnueabihf; do
    want "$package"
  done
fi

if [ ${#need[@]} -gt 0 ]; then
  as_root=""
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root="sudo"; else
      echo "Some Debian packages are missing. Run this once, then try again:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${need[*]}" >&2
      case "$what ${need[*]}" in
        *python3.11-venv* | test*) exit 1 ;;
        *) echo "Going on without them: the demo lacks the tablet's page." >&2; need=() ;;
      esac
    fi
  fi
fi
if [ ${#need[@]} -gt 0 ]; then
  echo "Installing Debian packages: ${need[*]}"
  export DEBIAN_FRONTEND=noninteractive
  $as_root apt-get update -qq
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi

if [ "$what" = android ]; then
  stamp=.venv-android/.made-from
  pins=$(sha256sum packaging/requirements-android.txt | cut -d' ' -f1)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$pins" ]; then
    echo "Making .venv-android from packaging/requirements-android.txt…"
    [ -x .venv-android/bin/python ] || "$python" -m venv .venv-android
    .venv-android/bin/pip install -q --disable-pip-version-check -r packaging/requirements-android.txt
    echo "$pins" > "$stamp"
  fi
  exit 0
fi

stamp=.venv/.made-from
lock=$(sha256sum requirements.lock | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ]; then
  echo "Making .venv from requirements.lock…"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  if .venv/bin/pip install -q --disable-pip-version-check uv==0.13.9 2>/dev/null; then
    .venv/bin/uv pip install -q --python .venv/bin/python --require-hashes -r requirements.lock
  else
    .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
  fi
  echo "$lock" > "$stamp"
fi
