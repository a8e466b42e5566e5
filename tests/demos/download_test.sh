#!/usr/bin/env bash
# The download lessons against a real site: an nginx of the test's own, and answers that no
# nginx would give. Exits 77 where there is no nginx.
#
#   download_test.sh BIN      the folder of the lessons' executables
set -uo pipefail
bin=$1
lessons=(download_sequential download_threads download_async)
work=$(mktemp -d)
trap 'stop_site; rm -rf "$work"' EXIT
source "$(dirname "${BASH_SOURCE[0]}")/download_site.sh"
unset "${!ASYNCIO_@}" SSL_CERT_FILE SSL_CERT_DIR
failures=0
start_site "$work"

under=()

# check STATUS LESSON ARGUMENTS...: runs it, keeps stdout and stderr for the expectations below.
check() {
  shown="${*:2}"
  local status=0
  : >"$work/access.log"
  timeout 60 "${under[@]}" "$bin/$2" "${@:3}" >"$work/out" 2>"$work/err" </dev/null || status=$?
  [[ $status == "$1" ]] || fail "exit status $status instead of $1"
}
with_descriptors() { # SOFT:HARD STATUS LESSON ARGUMENTS...
  under=(prlimit --nofile="$1" --)
  check "${@:2}"
  under=()
}
fail() {
  echo "$shown: $1"
  sort "$work/out" | uniq -c | sed 's/^/  stdout: /'
  sort "$work/err" | uniq -c | sed 's/^/  stderr: /'
  failures=$((failures + 1))
}
times() { # NUMBER FILE LINE: so often there is such a line
  local found
  found=$(grep -cxF -- "$3" "$work/$2")
  [[ $found == "$1" ]] || fail "$found times in $2, instead of $1: $3"
}
ends_with() { [[ $(tail -n 1 "$work/out") =~ ^$1\ in\ [0-9]+\.[0-9][0-9]\ seconds$ ]] || fail "it does not end with: $1"; }
no_complaints() { [[ ! -s $work/err ]] || fail 'stderr is not empty'; }
asked() { # NUMBER WHAT: so many requests came
  local came
  came=$(grep -c " $2 asyncio-lessons\$" "$work/access.log")
  [[ $came == "$1" ]] || fail "$came requests of $2 instead of $1"
}
connections() { cut -d' ' -f1 "$work/access.log" | sort -u | wc -l; }

# refuses URL REASON: every lesson says that of each download, and goes on with the others.
refuses() {
  local lesson
  for lesson in "${lessons[@]}"; do
    check 1 "$lesson" --retries 0 --cafile "$work/ca.pem" --count 4 --url "$http/small" "$1"
    times 2 out "Read 276 from $http/small"
    times 2 err "$lesson: $1: $2"
    [[ $(wc -l <"$work/err") == 2 ]] || fail 'not two lines on stderr'
    ends_with 'Downloaded 2 of 4'
  done
}

# All of them download everything, on as few connections as there are downloads at once.
at_once=(1 5 8)
for i in 0 1 2; do
  lesson=${lessons[i]}
  limit=()
  [[ $lesson != download_async ]] || limit=(--limit 8)
  check 0 "$lesson" "${limit[@]}" --url "$http/big" "$http/small"
  no_complaints
  times 80 out "Read 10966 from $http/big"
  times 80 out "Read 276 from $http/small"
  ends_with 'Downloaded 160'
  asked 80 '200 /big'
  asked 80 '200 /small'
  (($(connections) <= at_once[i])) || fail "$(connections) connections instead of ${at_once[i]}"

  check 0 "$lesson" "${limit[@]}" --cafile "$work/ca.pem" --url "${https/127.0.0.1/localhost}/big" "$https/small"
  no_complaints
  ends_with 'Downloaded 160'
  (($(connections) <= 2 * at_once[i])) || fail "$(connections) connections to two hosts"
done
check 0 download_threads 3 --count 30 --url "$http/four"
(($(connections) <= 3)) || fail "$(connections) connections of three threads"

# The site answers 503 to a fifth at once.
check 0 download_async --limit 4 --retries 0 --count 40 --url "$http/four"
check 1 download_async --limit 8 --retries 0 --count 40 --url "$http/four"
grep -qx "download_async: $http/four: the site answered 503 Service Temporarily Unavailable" "$work/err" ||
  fail 'the limit of the site shows nowhere'
check 0 download_threads 4 --retries 0 --count 40 --url "$http/four"

# What is answered.
refuses "$http/broken" 'the site answered 500 Internal Server Error'
refuses "$http/not_there" 'the site answered 404 Not Found'
refuses "$http/loop" 'more than 10 redirects'
check 1 download_sequential --count 1 --url "$http/loop"
asked 11 '302 /loop'
for page in relative absolute secure chunked to_the_end closes; do
  size=276
  [[ $page != chunked ]] || size=19 # its own name, and what follows
  [[ $page != to_the_end ]] || size=22
  for lesson in "${lessons[@]}"; do
    check 0 "$lesson" --cafile "$work/ca.pem" --count 4 --url "$http/$page"
    no_complaints
    times 4 out "Read $size from $http/$page"
    ends_with 'Downloaded 4'
  done
done
refuses "$https/insecure" "a redirect to $http/small, where nothing is encrypted, was refused"

# What breaks.
declare -A reasons=(
  [nothing]='the connection was closed before an answer came'
  [garbage]='the answer is not HTTP as it should be: bad version'
  [too_short]='the connection was closed in the middle of the answer'
  [half_a_header]='the connection was closed in the middle of the answer'
  [bad_length]='the answer is not HTTP as it should be: bad Content-Length'
  [bad_chunk]='the answer is not HTTP as it should be: bad chunk'
  [nowhere]="the site answered 302 Found, and doesn't say where"
  [bad_redirect]="a bad redirect: 'http://' is no address to download from: it names no host"
  [other_scheme]="a bad redirect: 'file:///etc/passwd' is no address to download from: its scheme is neither http nor https"
  [long_header]='the header of the answer is too long'
  [too_long]='the answer is too long'
  [refused]="it can't be connected to: Connection refused"
)
for name in "${!reasons[@]}"; do refuses "${!name}" "${reasons[$name]}"; done
check 0 download_sequential --count 3 --url "$http/to_the_end" "$nothing_to_send" "$early_hints"
times 1 out "Read 22 from $http/to_the_end"
times 1 out "Read 0 from $nothing_to_send"
times 1 out "Read 2 from $early_hints"

check 1 download_async --retries 0 --count 1 --url http://no-such-host.invalid/
grep -qx "download_async: http://no-such-host.invalid/: its host can't be looked up: .*" "$work/err" || fail 'no reason'
ends_with 'Downloaded 0 of 1'

# Who it is.
refuses "$wrong_host/small" 'its certificate was refused: hostname mismatch'
refuses "$no_name/small" 'its certificate was refused: hostname mismatch'
refuses "$expired/small" 'its certificate was refused: certificate has expired'
refuses "${https/https:/http:}/small" 'the site answered 400 Bad Request'
check 1 download_async --count 1 --url "$https/small"
times 1 err "download_async: $https/small: its certificate was refused: unable to get local issuer certificate"
check 1 download_async --retries 0 --count 1 --url "${http/http:/https:}/small"
grep -q 'small: the TLS handshake failed: ' "$work/err" || fail 'no TLS, and no complaint'

# What takes too long.
for lesson in "${lessons[@]}"; do
  check 1 "$lesson" --timeout 300 --count 2 --url "$http/slow" "$http/small"
  times 1 err "$lesson: $http/slow: it was not there within 300 ms"
  ends_with 'Downloaded 1 of 2'
done
check 1 download_async --timeout 2000 --connect-timeout 100 --retries 0 --count 1 --url "${https/127.0.0.1/127.0.0.2}"
grep -q "it can't be connected to" "$work/err" || fail 'nobody listens there'

# What needs descriptors.
if [[ $(ulimit -Hn) == unlimited ]] || (($(ulimit -Hn) >= 2100)); then
  with_descriptors 1024: 0 download_async --retries 0 --limit 1000 --count 1000 --delay 100
  no_complaints
  ends_with 'Downloaded 1000'
fi
for lesson in download_threads download_async; do
  at_once=(20)
  [[ $lesson != download_async ]] || at_once=(--limit 20)
  with_descriptors 20 1 "$lesson" "${at_once[@]}" --retries 0 --count 100 --url "$http/paced"
  ends_with 'Downloaded [0-9]+ of 100'
  grep -q 'paced: .*: Too many open files' "$work/err" || fail 'no reason'
done

# What may pass.
check 1 download_sequential --retries 0 --count 2 --url "$http/busy"
times 1 err "download_sequential: $http/busy: the site answered 503 Service Temporarily Unavailable"
check 0 download_sequential --count 2 --url "$http/busy"
asked 2 '200 /busy'
(($(grep -c ' 503 ' "$work/access.log") > 0)) || fail 'it did not have to be asked again'
check 0 download_sequential --count 2 --url "$http/too_many"
(($(grep -c ' 429 ' "$work/access.log") > 0)) || fail 'it did not have to be asked again'
check 1 download_sequential --count 2 --url "$http/too_many_for_long"
times 1 err "download_sequential: $http/too_many_for_long: the site answered 429 Too Many Requests"
check 1 download_sequential --retries 2 --count 1 --url "$refused"
! grep -qE ' in 0\.(0|1[0-4])' "$work/out" || fail 'it did not wait half of three tenths of a second'

# A connection that the site closed while nobody needed it counts for nothing.
check 0 download_sequential --retries 0 --cafile "$work/ca.pem" --count 6 --url "$https/closes_soon" "$http/paced"
(($(connections) == 4)) || fail "$(connections) connections instead of 3 and 1"

# Ctrl-C while answers are awaited that never come.
mkfifo "$work/nobody_types"
for lesson in "${lessons[@]}"; do
  shown="$lesson, Ctrl-C"
  status=0
  : >"$work/out"
  set -m # a process group of its own: in ours the shell would have it ignore the signal
  "$bin/$lesson" --count 20 --url "$http/first_only_$lesson" >"$work/out" 2>"$work/err" &
  set +m
  for ((i = 0; i < 1000; ++i)); do
    if grep -q Read "$work/out"; then break; fi
    sleep 0.01
  done
  kill -INT -- -$!
  wait $! || status=$?
  [[ $status == 130 ]] || fail "exit status $status instead of 130"
  no_complaints
  ends_with 'Downloaded 1 of 20'
done

# Who reads has enough: it ends as others do, by SIGPIPE, or when nobody sends that, with a complaint.
for lesson in "${lessons[@]}"; do
  shown="$lesson | head -n 1"
  timeout 60 "$bin/$lesson" --count 20000 --url "$http/small" 2>"$work/err" | head -n 1 >"$work/out"
  [[ ${PIPESTATUS[0]} == 141 ]] || fail 'it did not end by SIGPIPE'
  no_complaints
done
shown='a full disk'
"$bin/download_async" --count 4 --delay 0 2>"$work/err" >/dev/full && fail 'exit status 0'
grep -q 'could not be written' "$work/err" || fail 'no complaint'

# On a terminal there is a bar, if it is wide enough, and nobody else may write there.
on_terminal() { script -qec "stty cols $1; '$bin/download_async' --delay 0 $2" /dev/null >"$work/err" </dev/null; }
if command -v script >/dev/null; then
  shown='progress bar'
  on_terminal 80 ">'$work/out'"
  grep -qF '[........................................] 0 of 160' "$work/err" || fail 'no bar at the beginning'
  grep -qF '[########################################] 160 of 160' "$work/err" || fail 'no bar at the end'
  times 80 out 'Read 276 from http://olympus.example/dice'
  shown='progress bar, a narrow terminal'
  on_terminal 30 ">'$work/out'"
  grep -qF '[################] 160 of 160' "$work/err" || fail 'not as wide as the terminal'
  on_terminal 15 ">'$work/out'"
  ! grep -qF '[#' "$work/err" || fail 'a bar where there is no room'
  shown='progress bar, a pipe'
  on_terminal 80 "| cat >'$work/out'"
  ! grep -qF '[#' "$work/err" || fail 'a bar beside a pipe'
fi

[[ $failures == 0 ]] && echo 'all as expected'
exit $((failures > 0))
