#!/usr/bin/env bash
# debian_prefix.sh PREFIX SUITE PACKAGE...
# Unpack packages of another Debian suite into PREFIX and make them run there; the host's packages
# are left alone. From the mirror that this machine's apt already uses. Needs apt, dpkg-deb and
# patchelf (PATCHELF names one that is not on the path). PREFIX cannot be moved afterwards.
set -euo pipefail
prefix=$(realpath -m "$1") suite=$2
shift 2
patchelf=${PATCHELF:-patchelf}
state=$prefix/.apt

mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
    grep -oE '[a-z]+://[^ ]+/debian/?( |$)' | head -1 | tr -d ' ' || true)
mirror=${mirror%/}
if [ -z "$mirror" ]; then
    echo "no Debian mirror in this machine's apt sources" >&2
    exit 1
fi

mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
: >"$state/status"
signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
{
    echo "deb $signed $mirror $suite main"
    [ "$suite" = sid ] || echo "deb $signed $mirror-security $suite-security main"
} >"$state/sources.list"
# An apt of its own: no list, cache, status or lock of the host is touched.
private=(
    -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o Dir::Etc::preferencesparts=/dev/null -o "Dir::State::lists=$state/lists"
    -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" -o Debug::NoLocking=1
    -o APT::Install-Recommends=0 -o APT::Sandbox::User=root -o Acquire::Languages=none
)
apt-get "${private[@]}" -qq update
apt-get "${private[@]}" -qq -y --download-only install "$@"
for package in "$state"/cache/archives/*.deb; do
    case ${package##*/} in
    perl* | libperl5* | gcc-* | passwd_* | adduser* | libpam-modules*) ;; # the host's will do
    *) dpkg-deb -x "$package" "$prefix" ;;
    esac
done

lib=$prefix/usr/lib/$(uname -m)-linux-gnu
loader=$(basename "$(find "$lib" -maxdepth 1 -name 'ld-linux*.so*' | head -1)")
find "$prefix/usr/bin" "$prefix/usr/sbin" -type f | while read -r file; do
    if [ "$(head -c4 "$file" | tail -c3 | tr -d '\0')" = ELF ] &&
        "$patchelf" --print-interpreter "$file" >/dev/null 2>&1; then
        # RPATH, not RUNPATH: what is loaded at run time must be found through it, too.
        "$patchelf" --set-interpreter "$lib/$loader" --force-rpath --set-rpath "$lib" "$file"
    fi
done
rm -rf "$state"
