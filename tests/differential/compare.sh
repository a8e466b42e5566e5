#!/usr/bin/env bash
# compare.sh PROGRAM.py EXECUTABLE [PYTHON]: whether an asyncio program and its translation print
# the same lines. Exits 77 where no Python is new enough to say.
#
#   PYTHON    the one to run it with; else the environment's ASYNCIO_PYTHON, else the one that
#             cmake/python.sh finds
set -uo pipefail
program=$1
executable=$2
python=${3:-${ASYNCIO_PYTHON-}}
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")

if [[ -z $python ]]; then
  python=$("$here/../../cmake/python.sh") || exit
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 13))' &>/dev/null; then
  echo "$python is no Python of 3.13 or later"
  exit 1
fi

unset "${!ASYNCIO_@}" "${!PYTHON@}"
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

run() { # NAME COMMAND...
  local status=0
  timeout 120 "${@:2}" >"$folder/$1" 2>"$folder/complaints of $1" || status=$?
  echo "exit status $status" >>"$folder/$1"
}
run asyncio "$python" -B "$here/run_in_python.py" "$program"
if grep -qx 'exit status 77' "$folder/asyncio"; then
  echo "skipped: it needs threads, and the Python that is there has none: $python"
  exit 77
fi
ASYNCIO_CLOCK=virtual run here "$executable"

cd "$folder"
if ! diff -u asyncio here; then
  tail -n 20 complaints*
  exit 1
fi
