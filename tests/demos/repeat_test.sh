#!/usr/bin/env bash
# repeat_test.sh BIN [RUNS]: in virtual time every run of a lesson with threads prints the same.
#
#   BIN      the folder of the lessons' executables
#   RUNS     how often each is run; 20 by default
set -uo pipefail
bin=$1
runs=${2:-20}
failures=0
processor=$(taskset -pc $$ 2>/dev/null | sed 's/.*[^0-9]//') # the last one that we may use

unset "${!ASYNCIO_@}"
export ASYNCIO_CLOCK=virtual

fail() {
  echo "$1"
  failures=$((failures + 1))
}

# run COMMAND...: its stdout and exit status, with a limit, so that a hang is a failure.
run() {
  local status=0
  timeout 30 "$@" 2>/dev/null || status=$?
  echo "exit status $status"
}

for lesson in chores_threads chores_thread_pool counter_race executor_workers; do
  first=$(run "$bin/$lesson")
  [[ $first == *'exit status 0' ]] || fail "$lesson: $first"
  for ((i = 2; i <= runs; ++i)); do
    again=$(run "$bin/$lesson")
    [[ $again == "$first" ]] || fail "$lesson: run $i differs:"$'\n'"$(diff <(echo "$first") <(echo "$again"))"
  done
  if command -v taskset >/dev/null; then
    again=$(run taskset -c "$processor" "$bin/$lesson")
    [[ $again == "$first" ]] || fail "$lesson: on one processor it differs"
  fi
done

declare -A counters
for ((seed = 1; seed <= 20; ++seed)); do
  first=$(ASYNCIO_SEED=$seed run "$bin/counter_race")
  again=$(ASYNCIO_SEED=$seed run "$bin/counter_race")
  [[ $first == *'exit status 0' ]] || fail "counter_race, seed $seed: $first"
  [[ $first == "$again" ]] || fail "counter_race, seed $seed: '$first', and then '$again'"
  counters[$first]=1
done
((${#counters[@]} > 1)) || fail "counter_race ends with the same counter under every seed: ${!counters[*]}"

[[ $failures == 0 ]] && echo 'all as expected'
exit $((failures > 0))
