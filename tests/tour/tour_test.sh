#!/usr/bin/env bash
# tour_test.sh TOUR: what the tour (of made-up lessons) says, and its exit statuses.
set -uo pipefail
tour=$1
unset ASYNCIO_CLOCK ASYNCIO_SPEED ASYNCIO_ELAPSED NO_COLOR
failures=0

# Runs the tour; its output goes to $out and $err, its exit status to $status.
run() {
  shown="tour $*"
  err_file=$(mktemp)
  out=$("$tour" "$@" 2>"$err_file" </dev/null)
  status=$?
  err=$(<"$err_file")
  rm "$err_file"
}

fails() {
  echo "$shown: $1"
  printf '%s\n' "--- stdout" "$out" "--- stderr" "$err" "---"
  failures=$((failures + 1))
}
status_is() { ((status == $1)) || fails "exit status $status, not $1"; }
out_has() { [[ $out == *"$1"* ]] || fails "stdout lacks '$1'"; }
out_lacks() { [[ $out != *"$1"* ]] || fails "stdout has '$1'"; }
err_is() { [[ $err == "$1" ]] || fails "stderr is not '$1'"; }
row_is() { grep -Eq "^$1\$" <<<"$out" || fails "the table has no row $1"; }

# Refused: status 2, one line that says why, nothing started.
refuses() { # MESSAGE ARGS...
  run "${@:2}"
  status_is 2
  err_is "tour: $1"
  [[ -z $out ]] || fails "stdout is not empty"
}
refuses "there is no lesson 'stedy': did you mean 'steady'? \`tour list\` names them all" steady stedy
refuses "there is no lesson 'xyzzy': \`tour list\` names them all" xyzzy
refuses "there is no lesson '': \`tour list\` names them all" ""
refuses "unrecognised option '--fast'; \`tour --help\` shows what there is" --fast
refuses "unrecognised option '--virtual'; \`tour --help\` shows what there is" --virtual
for speed in 0 -1 fast 2x nan inf 1e999; do
  refuses "--speed wants a positive number, such as --speed 20, not '$speed'" "--speed=$speed" steady
done
refuses "--speed wants a positive number, such as --speed 20, not '-1'" --speed -1 steady
refuses "--speed and --virtual-time exclude each other: choose one" --speed 2 --virtual-time
refuses "\`tour list\` takes no lessons: say \`tour list\`, or the lessons alone" list steady

run list
status_is 0
out_has "broken     ends with status 3.
"
out_has "clockwork  does not know virtual time. (in real time)"
out_lacks given:

run --help
status_is 0
out_has "--virtual-time"
out_has "tour list"

# What a lesson is told, and whose clock the table shows.
run steady
status_is 0
out_has "steady: does what it should.
given: 2 arguments, clock=unset speed=unset"
row_is 'lesson +notebook +this run +wall  result'
row_is 'steady +2\.50 s +- +0\.[0-9]+ s  ok'
out_lacks total
out_lacks $'\033'

run --virtual-time steady clockwork
status_is 0
out_has "given: 2 arguments, clock=virtual speed=unset"
out_has "given: 0 arguments, clock=unset speed=unset"
row_is 'steady +2\.50 s +4\.00 s +0\.[0-9]+ s  ok'
row_is 'lesson +notebook +virtual +wall  result'
row_is 'clockwork +- +- +0\.[0-9]+ s  ok'
row_is 'total +2\.50 s +4\.00 s +0\.[0-9]+ s'

run --speed 20 clockwork
row_is 'clockwork +- +- +0\.[0-9]+ s  ok'

ASYNCIO_CLOCK=virtual ASYNCIO_SPEED=3 run --speed 0.5 steady
out_has "clock=unset speed=0.5"

# A lesson that says what it reads gets that; another one gets what the tour was given.
run asking asking listening
status_is 0
[[ $(grep -c '^it read: <Jose> <> <>, status 0$' <<<"$out") == 2 ]] || fails "not both were asked"
out_lacks typed
shown="echo typed | tour asking listening"
out=$(echo typed | "$tour" asking listening)
out_has "it read: <Jose> <>"
out_has $'\ntyped\n'

# A lesson that fails: the rest still run.
run broken expected absent crashing steady
status_is 1
row_is 'broken .* exit status 3'
row_is 'expected .* ok'
row_is 'absent .*absent is missing: build it first'
row_is 'crashing .* killed by SIGSEGV'
row_is 'steady .* ok'
[[ $err == *"tour: broken: exit status 3"* ]] || fails "stderr does not name broken"

# Starts the tour in a process group of its own, as at a terminal; what it prints goes to $out_file.
start() {
  shown="tour $*, interrupted"
  out="" err=""
  out_file=$(mktemp)
  set -m
  "$tour" "$@" >"$out_file" 2>/dev/null </dev/null &
  set +m
}
# Until the lesson has printed that, for ten seconds at most.
until_it_says() {
  local deadline=$((SECONDS + 10))
  until grep -q "$1" "$out_file"; do
    if ((SECONDS >= deadline)); then
      out=$(<"$out_file")
      fails "the lesson never said '$1'"
      kill -KILL -- -$! 2>/dev/null
      return
    fi
    sleep 0.05
  done
}
# Its exit status goes to $status; what it printed to $out once the lesson has said the last word.
ends_with() { # LAST WORD
  wait $! 2>/dev/null
  status=$?
  until_it_says "$1"
  out=$(<"$out_file")
  rm "$out_file"
}

# Ctrl-C reaches the tour and the lesson; what was done so far is shown, the rest not started.
start broken patient steady
until_it_says waiting
kill -INT -- -$!
ends_with "cleaned up"
status_is 130
row_is 'broken .* exit status 3'
row_is 'patient .* interrupted'
out_lacks "given:"

# One that is sent to the tour alone is passed on; the second ends both.
start patient
until_it_says waiting
kill -INT $!
ends_with "cleaned up"
status_is 130
row_is 'patient .* interrupted'

start stubborn
until_it_says waiting
kill -INT $!
until_it_says once
kill -INT $!
ends_with twice
status_is 130 # 128 + SIGINT
out_lacks interrupted

((failures == 0)) || exit 1
