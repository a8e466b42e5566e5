#!/usr/bin/env bash
# repeat_test.sh BIN [RUNS]: in virtual time every run of a lesson prints the same; all lessons
# that know it, two at a time, run by the tour, which knows their arguments and what they read.
#
#   BIN      the folder of the lessons' executables, and of the tour
#   RUNS     how often each is run; 20 by default
set -uo pipefail
export bin=$1 runs=${2:-20}
processor=$(taskset -pc $$ 2>/dev/null | sed 's/.*[^0-9]//') # the last one that we may use
export processor
failures=0

unset "${!ASYNCIO_@}"

# run COMMAND...: its stdout and exit status, with a limit, so that a hang is a failure.
run() {
  local status=0
  timeout 60 "$@" 2>/dev/null </dev/null || status=$?
  echo "exit status $status"
}

# tell LESSON [COMMAND...]: what it prints; the tour's table is left out, which has wall times.
tell() {
  run "${@:2}" "$bin/tour" --virtual-time "$1" | sed "/^lesson .* wall /d; /^$1 .* s  ok\$/d"
}

repeat() { # LESSON
  local first again
  first=$(tell "$1")
  if [[ $first != *'exit status 0' ]]; then
    echo "$1: $first"
    return 1
  fi
  for ((i = 2; i <= runs; ++i)); do
    again=$(tell "$1")
    if [[ $again != "$first" ]]; then
      echo "$1: run $i differs:"$'\n'"$(diff <(echo "$first") <(echo "$again"))"
      return 1
    fi
  done
  if command -v taskset >/dev/null && [[ $(tell "$1" taskset -c "$processor") != "$first" ]]; then
    echo "$1: on one processor it differs"
    return 1
  fi
}
export -f run tell repeat

lessons=$("$bin/tour" list | sed '/(in real time)$/d; s/ .*//')
(($(wc -l <<<"$lessons") > 3)) || { echo "only these lessons know virtual time: $lessons"; exit 1; }
xargs -P 2 -I LESSON bash -c 'repeat LESSON' <<<"$lessons" || failures=1

fail() {
  echo "$1"
  failures=$((failures + 1))
}

declare -A counters
for ((seed = 1; seed <= runs; ++seed)); do
  export ASYNCIO_CLOCK=virtual ASYNCIO_SEED=$seed
  first=$(run "$bin/counter_race")
  again=$(run "$bin/counter_race")
  [[ $first == *'exit status 0' ]] || fail "counter_race, seed $seed: $first"
  [[ $first == "$again" ]] || fail "counter_race, seed $seed: '$first', and then '$again'"
  counters[$first]=1
done
((${#counters[@]} > 1)) || fail "counter_race ends with the same counter under every seed: ${!counters[*]}"

[[ $failures == 0 ]] && echo 'all as expected'
exit $((failures > 0))
