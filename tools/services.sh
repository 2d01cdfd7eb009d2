#!/usr/bin/env bash
# Provision what tests need beyond Python. What cannot be had here is said, and its tests are
# skipped with that reason, unless AETHERMART_REQUIRE_SERVICES names it.
set -euo pipefail

have_browser() {
    [ -n "${AETHERMART_CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null 2>&1
}

install_chromium() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fonts-liberation
}

if have_browser; then
    echo "chromium: found"
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "chromium: installing"
    install_chromium >/dev/null
else
    echo "chromium: not found; install it, or set AETHERMART_CHROMIUM to a browser's path"
fi
echo "postgres: comes with the Python packages"
