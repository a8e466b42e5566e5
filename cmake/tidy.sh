#!/usr/bin/env bash
# tidy.sh [FILES]: clang-tidy 19, with the checks of .clang-tidy, on the library, or on those files of the library and
# the lessons whose paths match a regular expression.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v run-clang-tidy-19 >/dev/null || { echo "tidy.sh: clang-tidy-19 is missing" >&2; exit 2; }
says=$(cmake --preset tidy 2>&1 </dev/null) || { echo "$says" >&2; exit 2; }
says=$(run-clang-tidy-19 -quiet -p build/tidy "${1:-/src/asyncio/}" 2>&1) || { echo "$says"; exit 1; }
