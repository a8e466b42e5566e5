#!/usr/bin/env bash
# Builds a project that uses the library by add_subdirectory, and one that finds it installed.
#
#   embedding_test.sh BUILD     a built preset of the project, to install from
set -euo pipefail
build=$(realpath "$1")
source=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

try() { # NAME OPTIONS...
  cmake -G Ninja -S "$source/tests/embedding" -B "$work/$1" "${@:2}" >/dev/null
  cmake --build "$work/$1" -t embedding >/dev/null
  "$work/$1/embedding"
  echo "$1: works"
}

cmake --install "$build" --prefix "$work/prefix" >/dev/null
try installed "-DCMAKE_PREFIX_PATH=$work/prefix"
try subdirectory "-DASYNCIO_SOURCE=$source" -DASYNCIO_QUICK_BUILD=ON
