#!/usr/bin/env bash
# Make .venv from the lock, then install the project itself into it. Called by `make setup`.
set -euo pipefail
exec >&2 # standard output belongs to the command that is run next

stamp=.venv/.set-up # written last

# A virtual environment holds absolute paths: one that was moved or copied is made anew.
made_here() { grep -qsF "$(pwd -P)/.venv" .venv/pyvenv.cfg; }

if made_here && [ "$stamp" -nt requirements.lock ] && [ "$stamp" -nt pyproject.toml ]; then
    exit 0
fi

too_old='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    local name
    for name in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 && "$name" -c "$too_old" 2>/dev/null; then
            python=$name
            return
        fi
        if [ "$name" = "${PYTHON:-}" ]; then
            echo "PYTHON=$PYTHON is no Python 3.11 or newer"
            exit 1
        fi
    done
    echo "Python 3.11 or newer is needed and was not found."
    echo "  fix: install it, or name it: make setup PYTHON=/path/to/python3"
    exit 1
}

find_python
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "$python has no venv module."
    echo "  fix: on Debian and Ubuntu: apt-get install python3-venv"
    exit 1
fi

if ! made_here; then
    rm -rf .venv
fi
[ -d .venv ] || "$python" -m venv .venv
pip=(.venv/bin/python -m pip --disable-pip-version-check)
if [ ! -t 1 ]; then
    pip+=(--quiet)
fi
echo "Installing $(grep -c '^[a-z].*==' requirements.lock) packages from requirements.lock into .venv"
"${pip[@]}" install --require-hashes --no-deps -r requirements.lock
"${pip[@]}" install --no-build-isolation --no-deps --editable .
touch "$stamp"
