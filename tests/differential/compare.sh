#!/usr/bin/env bash
# compare.sh PROGRAM.py EXECUTABLE [PYTHON]: whether an asyncio program and its translation print
# the same lines. Exits 77 where no Python is new enough to say.
#
#   PYTHON    the one to run it with; else the environment's ASYNCIO_PYTHON, else the first of
#             python3.13, python3.14 and python3 on the PATH that is 3.13 or later
set -uo pipefail
program=$1
executable=$2
named=${3:-${ASYNCIO_PYTHON-}}

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 13))' &>/dev/null
}

if [[ -n $named ]]; then
  if ! new_enough "$named"; then
    echo "$named is no Python of 3.13 or later"
    exit 1
  fi
  python=$named
else
  for python in python3.13 python3.14 python3 ''; do
    if new_enough "$python"; then break; fi
  done
  if [[ -z $python ]]; then
    echo 'skipped: no Python of 3.13 or later is on the PATH; name one with ASYNCIO_PYTHON'
    exit 77
  fi
fi

unset "${!ASYNCIO_@}" "${!PYTHON@}"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

run() { # NAME COMMAND...
  local status=0
  timeout 30 "${@:2}" >"$folder/$1" 2>"$folder/complaints of $1" || status=$?
  echo "exit status $status" >>"$folder/$1"
}
run asyncio "$python" -B "$(dirname "${BASH_SOURCE[0]}")/run_in_python.py" "$program"
ASYNCIO_CLOCK=virtual run here "$executable"

cd "$folder"
if ! diff -u asyncio here; then
  tail -n 20 complaints*
  exit 1
fi
