#!/usr/bin/env bash
# How many downloads a second download_async gets from an nginx on this machine, beside what wrk gets, which
# does nothing else: both on one thread, in one run, with as many connections. And how many microseconds of a
# processor each of them spends on a download, which on a busy machine says more.
#
#   downloads.sh BIN [SECONDS]      the folder of the release build's lessons; about how long each of them
#                                   is measured, 3 by default
set -uo pipefail
bin=${1-BIN}
seconds=${2:-3}
[[ -x $bin/download_async ]] || {
  echo "downloads.sh: there is no $bin/download_async: cmake --build --preset release -t download_async makes one" >&2
  exit 2
}
command -v wrk >/dev/null || { echo 'downloads.sh: there is no wrk: apt-get install wrk' >&2; exit 2; }
work=$(mktemp -d)
trap 'stop_site; rm -rf "$work"' EXIT
source "$(dirname "${BASH_SOURCE[0]}")/../demos/download_site.sh"
unset "${!ASYNCIO_@}"
start_site "$work"

TIMEFORMAT='%U %S'
# Each prints: downloads a second, and microseconds for each of them.
wrk_rate() { # CONNECTIONS URL
  { time wrk -t1 -c"$1" -d"${seconds}s" "$2" >"$work/wrk"; } 2>"$work/cpu"
  sed -n 's/^ *\([0-9]*\) requests in .*/\1/p; s/^Requests\/sec: *//p' "$work/wrk" | xargs |
    awk -v cpu="$(<"$work/cpu")" '{ split(cpu, spent, " "); print $2, (spent[1] + spent[2]) * 1e6 / $1 }'
}
our_rate() { # CONNECTIONS URL COUNT
  { time "$bin/download_async" --limit "$1" --count "$3" --url "$2" >"$work/ours"; } 2>"$work/cpu"
  sed -n 's/^Downloaded \([0-9]*\) in \(.*\) seconds$/\1 \2/p' "$work/ours" |
    awk -v cpu="$(<"$work/cpu")" '{ split(cpu, spent, " "); print $1 / $2, (spent[1] + spent[2]) * 1e6 / $1 }'
}

printf '%-6s %11s %21s %21s %6s\n' page connections wrk download_async ratio
for page in small big; do
  for connections in 1 16 64; do
    wrk_rate "$connections" "$http/$page" >/dev/null # so that both find nginx awake
    read -r theirs their_cpu < <(wrk_rate "$connections" "$http/$page")
    read -r sample _ < <(our_rate "$connections" "$http/$page" 2000)
    count=$(awk -v rate="$sample" -v seconds="$seconds" 'BEGIN { print int(rate * seconds) }')
    read -r ours our_cpu < <(our_rate "$connections" "$http/$page" "$count")
    awk -v page="$page" -v connections="$connections" -v theirs="$theirs" -v their_cpu="$their_cpu" \
      -v ours="$ours" -v our_cpu="$our_cpu" 'BEGIN {
        printf "%-6s %11s %8.0f/s %5.1f us %8.0f/s %5.1f us %8.2f\n",
          page, connections, theirs, their_cpu, ours, our_cpu, ours / theirs }'
  done
done
