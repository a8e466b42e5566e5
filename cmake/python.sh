#!/usr/bin/env bash
# python.sh [install]: prints which Python of 3.13 or later there is to compare with, a program's path; exit status
# 77 and one line where there is none.
#
# Debian 12 has 3.11. What `install` gets where node and npm are is Pyodide, CPython 3.13 compiled to
# WebAssembly, in build/python; it has neither threads nor sockets.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=0.28.3
installed=build/python

for python in python3.13 python3.14 python3; do
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 13))' &>/dev/null; then
    command -v "$python"
    exit
  fi
done

none() {
  echo "there is no Python of 3.13 or later: $1" >&2
  exit 77
}
runs_it() { node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' &>/dev/null; }
if [[ ! -d $installed ]]; then
  [[ ${1-} == install ]] || none 'put one on the PATH, or call cmake/python.sh install'
  runs_it && command -v npm >/dev/null || none 'put one on the PATH, or node (18 or later) and npm'
  mkdir -p build
  folder=$(realpath "$(mktemp -d build/python.XXXXXX)")
  trap 'rm -rf "$folder"' EXIT
  timeout 60 npm install --prefix "$folder/files" --ignore-scripts --no-audit --no-fund --fetch-retries 0 \
    "pyodide@$version" &>"$folder/log" </dev/null ||
    none "npm install pyodide@$version says: $(grep -m 1 '^npm [Ee]' "$folder/log" || tail -n 1 "$folder/log")"
  mv -T "$folder/files" "$installed" 2>/dev/null || [[ -d $installed ]] # another was faster
fi
runs_it || none "what runs the one in $installed is node, 18 or later"
echo "$PWD/tests/differential/python_in_node.sh"
