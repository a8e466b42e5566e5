#!/usr/bin/env bash
# The lessons' command lines: bad input, exit statuses, what goes to which stream.
#
#   command_line_test.sh BIN      the folder of the lessons' executables
set -uo pipefail
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# check NAME STATUS COMMAND...: runs it, keeps stdout and stderr for the expectations below.
# It reads the file $input; nothing, if that isn't set.
check() {
  name=$1
  local expected=$2 status=0
  shift 2
  "$@" >"$work/out" 2>"$work/err" <"${input:-/dev/null}" || status=$?
  [[ $status == "$expected" ]] || fail "exit status $status instead of $expected"
}

# interrupt NAME PROMPT COMMAND...: the same for a program that is interrupted at its prompt.
interrupt() {
  name=$1
  local prompt=$2 status=0
  shift 2
  : >"$work/out"
  set -m # a process group of its own: in ours the shell would have it ignore the signal
  "$@" >"$work/out" 2>"$work/err" <>"$work/nobody_types" &
  set +m
  until grep -qF -- "$prompt" "$work/out" || ! kill -0 $! 2>/dev/null; do sleep 0.02; done
  kill -INT -- -$! 2>/dev/null
  wait $! || status=$?
  [[ $status == 130 ]] || fail "exit status $status instead of 130"
}
mkfifo "$work/nobody_types"
fail() {
  echo "$name: $1"
  sed 's/^/  stdout: /' "$work/out"
  sed 's/^/  stderr: /' "$work/err"
  failures=$((failures + 1))
}
prints() { grep -qF -- "$1" "$work/out" || fail "stdout lacks: $1"; }
silent() { [[ ! -s $work/out ]] || fail "stdout is not empty"; }
says_in_one_line() {
  [[ $(wc -l <"$work/err") == 1 ]] || fail "not one line on stderr"
  grep -qF -- "$1" "$work/err" || fail "stderr lacks: $1"
}
no_complaints() { [[ ! -s $work/err ]] || fail "stderr is not empty"; }

unset "${!ASYNCIO_@}"

check boom 1 env ASYNCIO_SPEED=50 "$bin/executor_workers" --boom
prints 'BOOM!'
prints 'Caught error executing task Boom!'
[[ $(tail -n 1 "$work/out") == 'Caught error executing task Boom!' ]] || fail 'the error is not the last line'
[[ $(grep -c Finished "$work/out") == 19 ]] || fail 'the other nineteen jobs did not all finish'
grep -q 'std::runtime_error: Boom!' "$work/err" || fail 'stderr does not name the error'

check help 0 "$bin/executor_workers" --help
prints '--boom'
no_complaints

check unknown_option 2 "$bin/executor_workers" --bum
silent
says_in_one_line '--bum'

check superfluous_argument 2 "$bin/executor_workers" 7
silent
says_in_one_line 'executor_workers --help'

for workers in 0 -1 three 3x 10000 99999999999 ''; do
  check "chores_async '$workers'" 2 "$bin/chores_async" "$workers"
  silent
  says_in_one_line "'$workers'"
done

check many_workers 0 env ASYNCIO_CLOCK=virtual "$bin/chores_async" 1000
prints 'Total elapsed time: 5.0'
no_complaints

check any_number_of_chains 0 env ASYNCIO_CLOCK=virtual "$bin/chained_results" 7 0 1000000
prints 'part1(1000000) sleeping'
[[ $(grep -c Chained "$work/out") == 3 ]] || fail 'not three chains'
no_complaints

check many_chains 0 env ASYNCIO_CLOCK=virtual "$bin/chained_results" $(seq 10000)
[[ $(grep -c Chained "$work/out") == 10000 ]] || fail 'not 10000 chains'

for number in -1 two 2.5 1000001; do
  check "chained_results 1 $number" 2 "$bin/chained_results" 1 "$number"
  silent
  says_in_one_line "'$number'"
done

check numbers_in_the_help 0 "$bin/chained_results" --help
prints 'Usage: chained_results [n...]'
prints '1 2 3 if not given'

# A task that is cancelled at the end is no failure, and nothing to complain about.
for lesson in task_not_awaited task_cut_off; do
  check "$lesson" 0 env ASYNCIO_CLOCK=virtual "$bin/$lesson"
  no_complaints
done

check a_loop_of_its_own 2 env ASYNCIO_CLOCK=wall "$bin/fetch_data_loop"
silent
says_in_one_line "ASYNCIO_CLOCK='wall'"

for setting in CLOCK=wall SPEED=fast SPEED=0 SPEED=-1 SPEED=nan DEBUG=yes LOG=loud; do
  check "ASYNCIO_$setting" 2 env "ASYNCIO_$setting" "$bin/fetch_data"
  silent
  says_in_one_line "ASYNCIO_${setting%%=*}='${setting#*=}'"
done

check virtual_time_has_no_speed 2 env ASYNCIO_CLOCK=virtual ASYNCIO_SPEED=20 "$bin/fetch_data"
silent
says_in_one_line 'virtual'

for lesson in fetch_data fetch_data_loop; do
  check "elapsed $lesson" 0 env ASYNCIO_CLOCK=virtual "ASYNCIO_ELAPSED=$work/elapsed" "$bin/$lesson"
  prints "{'data': 1}"
  no_complaints
  [[ $(cat "$work/elapsed") == 2.5 ]] || fail "ASYNCIO_ELAPSED holds '$(cat "$work/elapsed")' instead of 2.5"
  rm "$work/elapsed"
done

for threads in 0 -1 1001 10000 99999999999 two 2x 1.5 ''; do
  check "cpu_bound $threads" 2 "$bin/cpu_bound" "$threads"
  silent
  says_in_one_line 'cpu_bound --help'
done

check cpu_bound_on_three 0 "$bin/cpu_bound" 3
[[ $(grep -o 'threads: [0-9]*' "$work/out" | tr -d '\n') == 'threads: 1threads: 2threads: 3' ]] ||
  fail 'not one, two and three threads'
no_complaints

for workers in 0 -1 101 two ''; do
  check "process_pool $workers" 2 "$bin/process_pool" "$workers"
  silent
  says_in_one_line 'process_pool --help'
done

check process_pool_of_three 0 "$bin/process_pool" 3
[[ $(grep -c 'steps: 35669725,' "$work/out") == 6 ]] || fail 'not six times the same steps'
[[ $(grep -o 'here: [0-9]*' "$work/out" | tr -d '\n') == 'here: 1here: 1here: 3here: 3here: 6here: 6' ]] ||
  fail 'not only the calls of threads were counted'
no_complaints

check process_pool_that_crashes 0 "$bin/process_pool" --crash 2
[[ $(grep -c 'A part is lost: .*ended by signal 6' "$work/out") == 2 ]] || fail 'not two parts were lost'
[[ $(grep -c '^threads.*steps: 35669725,' "$work/out") == 2 ]] || fail 'threads lost parts, too'
no_complaints

# What can't be written is no success, with a loop or without one.
for lesson in hello say_threads; do
  ASYNCIO_CLOCK=virtual check "$lesson, disk full" 1 sh -c "exec \"$bin/$lesson\" >/dev/full"
  says_in_one_line 'error: what the program printed could not be written'
done

ask_user=(ask_user_sequential ask_user_threads ask_user_pool)
for lesson in "${ask_user[@]}"; do
  input='' check "$lesson, nobody there" 1 "$bin/$lesson"
  says_in_one_line 'the input ended'

  check "$lesson, stdin closed" 1 sh -c "exec \"$bin/$lesson\" <&-"
  says_in_one_line 'the input ended'

  printf Jose >"$work/typed"
  input=$work/typed check "$lesson, no line break" 0 "$bin/$lesson"
  prints 'Hello, Jose'
  no_complaints

  printf '\nJose\n' >"$work/typed"
  input=$work/typed check "$lesson, an empty name" 0 "$bin/$lesson"
  grep -q 'Hello, $' "$work/out" || fail 'it does not greet nobody'

  check "$lesson, a pipe" 0 sh -c "echo Jose | \"$bin/$lesson\""
  prints 'Hello, Jose'

  for clock in SPEED=1 CLOCK=virtual; do
    interrupt "$lesson, $clock, Ctrl-C" 'Enter your name: ' env "ASYNCIO_$clock" "$bin/$lesson"
    no_complaints
  done
done

# Started with the signal ignored, as by nohup: it goes on.
name='ask_user_threads, ignoring Ctrl-C'
mkfifo "$work/types_late"
: >"$work/out"
(trap '' INT; exec "$bin/ask_user_threads") >"$work/out" 2>"$work/err" <>"$work/types_late" &
until grep -q 'Enter your name: ' "$work/out" || ! kill -0 $!; do sleep 0.02; done
kill -INT $!
echo Jose 1<>"$work/types_late"
wait $! || fail "exit status $?"
prints 'Hello, Jose'

check 'quiz, nobody there' 1 "$bin/quiz"
prints 'Score so far: 0 of 0'
says_in_one_line 'before question 1'

check 'quiz, stdin closed' 1 sh -c "exec \"$bin/quiz\" <&-"
says_in_one_line 'before question 1'

printf 'b\nno idea\n\nd\nab\n\xff\nA\n C' >"$work/typed"
input=$work/typed check 'quiz, ended in the middle' 1 "$bin/quiz"
prints 'Score so far: 1 of 3'
[[ $(grep -c 'That is not one of them.' "$work/out") == 5 ]] || fail 'not all five wrong inputs were asked again'
says_in_one_line 'before question 4'

printf 'b\r\nC\r\na\r\nb\r\nc\r\na\r\nb\r\na\r\n' >"$work/typed"
input=$work/typed check 'quiz, all right' 0 "$bin/quiz"
prints 'Score: 8 of 8'
no_complaints

check 'quiz, a pipe' 0 sh -c "yes a | \"$bin/quiz\""
prints 'Score: 3 of 8'
no_complaints
while read -r lesson; do
  [[ -x $bin/$lesson ]] || fail "there is no lesson $lesson"
done < <(sed -n 's/.*The lesson that shows it: //p' "$work/out")

for clock in SPEED=1 CLOCK=virtual; do
  interrupt "quiz, $clock, Ctrl-C" 'Your answer' env "ASYNCIO_$clock" "$bin/quiz"
  no_complaints
done

for bad in 0 -1 many 1000000; do
  check "limited_requests --limit $bad" 2 "$bin/limited_requests" --limit "$bad"
  silent
  says_in_one_line "$bad"
done
check many_requests 0 env ASYNCIO_CLOCK=virtual "$bin/limited_requests" 10000 --limit 100
prints '10000 requests, at most 100 at a time: 50.0s, and the most in flight were 100'

downloads=(download_sequential download_threads download_async)
for lesson in "${downloads[@]}"; do
  for bad in '--count 0' '--count many' '--delay -1' '--timeout 0' '--retries -1' '--connect-timeout 1s' '--url' \
    '--url localhost' '--url ftp://localhost/' '--url http://' '--url http:///path' '--url http://localhost:0/' \
    '--url http://localhost:65536/' '--url http://localhost:http/' '--url http://me:secret@localhost/' \
    '--url http://local%00host/' '--url http://[::1/' '--url http://localhost /' "--cafile $work/none" \
    '--cafile /dev/null'; do
    # shellcheck disable=SC2086
    check "$lesson $bad" 2 "$bin/$lesson" $bad
    silent
    says_in_one_line "$lesson: "
  done
  check "$lesson, an empty address" 2 "$bin/$lesson" --url ''
  silent
  says_in_one_line "''"

  # A network's time is real, and shown as such.
  check "$lesson, virtual time" 0 env ASYNCIO_CLOCK=virtual "ASYNCIO_ELAPSED=$work/elapsed" \
    "$bin/$lesson" --count 4 --delay 10
  prints 'Downloaded 4 in 0.'
  no_complaints
  [[ $(wc -l <"$work/elapsed") == 1 && $(cat "$work/elapsed") != 0 ]] || fail 'ASYNCIO_ELAPSED holds something else'
  rm "$work/elapsed"

  interrupt "$lesson, Ctrl-C" 'Read ' "$bin/$lesson" --count 1000 --delay 50
  no_complaints
  tail -n 1 "$work/out" | grep -Eq '^Downloaded [1-9][0-9]* of 1000 in ' || fail 'it does not say how many'
done
for bad in 0 -1 few 1001; do
  check "download_async --limit $bad" 2 "$bin/download_async" --limit "$bad"
  silent
  says_in_one_line "'$bad'"
  check "download_threads $bad" 2 "$bin/download_threads" "$bad"
  silent
  says_in_one_line "'$bad'"
done

[[ $failures == 0 ]] && echo 'all as expected'
exit $((failures > 0))
