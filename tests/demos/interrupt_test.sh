#!/usr/bin/env bash
# Ctrl-C in every lesson that the tour lists: exit status 130 within two seconds, no complaint,
# no process left over; in real time, as soon as it listens and a while later, and in virtual time. A
# lesson that is over within a fifth of a second may be over before.
#
#   interrupt_test.sh BIN HANGING     the folder of the lessons' executables, and of the tour;
#                                     a program that hangs after Ctrl-C, in the ways it names
set -uo pipefail
export bin=$1 hanging=$2
work=$(mktemp -d)
export work
trap 'rm -rf "$work"' EXIT
mkfifo "$work/nobody_types"
unset "${!ASYNCIO_@}"

# status_of PID FIELD: of /proc/PID/status; nothing if the process is gone.
status_of() {
  local field value rest
  while read -r field value rest; do
    [[ $field != "$2:" ]] || echo "$value"
  done 2>/dev/null <"/proc/$1/status"
}

# over PID: it has ended, or is gone.
over() {
  [[ $(status_of "$1" State) != [^Z] ]]
}

# under_way PID: it listens to Ctrl-C, or nothing will come of waiting for that.
under_way() {
  local i
  for ((i = 0; i < 500; ++i)); do
    ! over "$1" || return 0
    # Bit 1: there is a handler for SIGINT. Until the program is executed it's the shell's.
    [[ /proc/$1/exe -ef $BASH ]] || ((!(0x0$(status_of "$1" SigCgt) & 2))) || return 0
    sleep 0.02
  done
}

# ending PID: its exit status; 137 if it has to be killed, after two seconds.
ending() {
  { sleep 2; kill -KILL -- "-$1"; } >/dev/null 2>&1 &
  local guard=$! status=0
  wait "$1" || status=$?
  kill "$guard" 2>/dev/null
  return "$status"
}

# gone PID: it and all that it started.
gone() {
  local i
  for ((i = 0; i < 100; ++i)); do
    kill -0 -- "-$1" 2>/dev/null || return 0
    sleep 0.02
  done
  kill -KILL -- "-$1"
  return 1
}

# over_soon LESSON SETTING
over_soon() {
  env "$2" timeout 0.2 "$bin/$1" <>"$work/nobody_types" >/dev/null 2>&1
}

interrupt() { # LESSON SETTING SECONDS
  local name="$1, $2, Ctrl-C after $3 s" out=$work/$1.$2.$3 status=0 was_over=''
  set -m # a process group of its own: in ours the shell would have it ignore the signal
  env "$2" "$bin/$1" >"$out" 2>"$out.err" <>"$work/nobody_types" &
  set +m
  local pid=$!
  [[ $1 == plain_asio ]] || under_way "$pid" # that one knows nothing of Ctrl-C: the system ends it
  sleep "$3"
  ! over "$pid" || was_over=yes
  kill -INT -- "-$pid" 2>/dev/null # the whole group, as a terminal does
  ending "$pid" || status=$?
  gone "$pid" || { echo "$name: it left a process"; return 1; }
  [[ $status == 130 ]] || { [[ $status == 0 ]] && { [[ $was_over ]] || over_soon "$1" "$2"; }; } ||
    { echo "$name: exit status $status"; return 1; }
  # A loop without a runner is stopped, and its tasks are not cancelled.
  sed -i '/Task was destroyed but it is pending/d' "$out.err"
  [[ ! -s $out.err ]] || { echo "$name: $(<"$out.err")"; return 1; }
  echo "$status" >>"$work/statuses"
}

interrupt_twice() { # HOW MESSAGE
  local name="hanging $1" out=$work/hanging.$1 status=0
  set -m
  "$hanging" "$1" >"$out" 2>"$out.err" </dev/null &
  set +m
  local pid=$! i
  for ((i = 0; i < 500; ++i)); do
    grep -qs ready "$out" && break
    sleep 0.02
  done
  kill -INT "$pid"
  for ((i = 0; i < 500; ++i)); do
    grep -q hanging "$out" && { [[ -z $2 ]] || grep -q "$2" "$out.err"; } && break
    sleep 0.02
  done
  ((i < 500)) || { echo "$name: after the first Ctrl-C: $(<"$out") $(<"$out.err")"; status=1; }
  kill -0 "$pid" || { echo "$name: it took only one"; status=1; }
  kill -INT "$pid"
  ending "$pid"
  [[ $? == 130 ]] || { echo "$name: not ended by the second Ctrl-C"; status=1; }
  return "$status"
}
export -f status_of over under_way ending gone over_soon interrupt interrupt_twice

jobs() {
  local lesson
  for lesson in $("$bin/tour" list | sed 's/ .*//'); do
    echo "interrupt $lesson ASYNCIO_SPEED=1 0"
    echo "interrupt $lesson ASYNCIO_SPEED=1 0.3"
    echo "interrupt $lesson ASYNCIO_CLOCK=virtual 0"
  done
  echo "interrupt_twice main ''"
  echo "interrupt_twice static ''"
  echo "interrupt_twice thread 'still waits for the end of thread .calculating.'"
}

failures=0
jobs | xargs -P 6 -d '\n' -I JOB bash -c JOB || failures=1
lessons=$("$bin/tour" list | wc -l)
interrupted=$(grep -c 130 "$work/statuses")
((interrupted >= lessons)) || { echo "only $interrupted of $((3 * lessons)) runs were interrupted at all"; failures=1; }
((failures)) || echo 'all as expected'
exit "$failures"
