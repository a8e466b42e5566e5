#!/usr/bin/env bash
# run.sh GDB SCRIPT PROGRAM: runs the test inside gdb; exit status 77 (ctest: skipped) where that
# can't be done.
gdb=$1 script=$2 program=$3
if ! "$gdb" -batch -nx -ex 'python import gdb.unwinder' &>/dev/null; then
  echo "skipped: there is no gdb with Python here (Debian: apt-get install gdb)"
  exit 77
fi
if ! "$gdb" -batch -nx -ex 'break main' -ex run "$(command -v true)" 2>&1 | grep -q 'exited normally'; then
  echo "skipped: gdb may not trace processes here"
  exit 77
fi
cd "$(dirname "$script")"
# Names of tasks are UTF-8, which gdb reads only where the terminal does.
LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=. exec "$gdb" -batch -nx -x "$script" "$program"
