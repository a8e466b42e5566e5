#!/usr/bin/env bash
# debug_test.sh BUILD: cmake/debug.sh and the targets debug-LESSON, in a build of the preset dev.
set -uo pipefail
build=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
failures=0

# expect NAME STATUS PATTERN COMMAND...: its exit status and, in a line, what it prints.
expect() {
  local name=$1 expected=$2 pattern=$3 status=0 shown
  shift 3
  shown=$("$@" 2>&1 <<<'info program') || status=$?
  [[ $status == "$expected" ]] || fail "$name: exit status $status instead of $expected" "$shown"
  grep -q -- "$pattern" <<<"$shown" || fail "$name: no line with '$pattern'" "$shown"
}

fail() {
  printf '%s\n%s\n' "$1" "$(sed 's/^/  /' <<<"$2")"
  failures=$((failures + 1))
}

expect 'help' 0 '^debug.sh LESSON' cmake/debug.sh --help
expect 'no lesson' 2 '^debug.sh LESSON' cmake/debug.sh
expect 'unknown lesson' 2 "^debug.sh: there is no lesson 'fetch_dta'; near it: fetch_data$" cmake/debug.sh fetch_dta
expect 'part of a name' 2 'near it: executor_workers, office_worker, three_workers$' cmake/debug.sh worker
expect 'nothing near' 2 "^debug.sh: there is no lesson 'qqqqqqqq'$" cmake/debug.sh qqqqqqqq
expect 'a path' 2 'there is no lesson' cmake/debug.sh ../demos/fetch_data

expect 'script' 0 '^async_main () at fetch_data.cpp:[0-9]*$' cmake/debug.sh fetch_data
expect 'arguments' 0 '^do_all_chores (workers=2) at chores_async.cpp:' cmake/debug.sh chores_async 2
expect 'target' 0 '^async_main () at fetch_data.cpp:[0-9]*$' cmake --build "$build" -t debug-fetch_data
expect 'without coroutines' 0 '^main (argc=1' cmake --build "$build" -t debug-chores_threads

echo "$failures failed"
exit $((failures > 0))
