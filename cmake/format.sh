#!/usr/bin/env bash
# format.sh format | format-check: every C++ file under src and tests, by clang-format 19.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case ${1-} in
  format) mode=(-i) ;;
  format-check) mode=(--dry-run -Werror) ;;
  *) echo "usage: cmake/format.sh format | format-check" >&2; exit 2 ;;
esac
# Other versions lay the same code out differently.
command -v clang-format-19 >/dev/null || { echo "format.sh: clang-format-19 is missing" >&2; exit 2; }

find src tests -name '*.[ch]pp' -print0 | xargs -0 --no-run-if-empty clang-format-19 "${mode[@]}"
