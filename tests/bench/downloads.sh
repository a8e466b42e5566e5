#!/usr/bin/env bash
# How many downloads a second download_async gets from an nginx on this machine, beside what wrk gets, which
# does nothing else: both on one thread, in one run, with as many connections.
#
#   downloads.sh BIN [SECONDS]      the folder of the release build's lessons; about how long each of them
#                                   is measured, 3 by default
set -uo pipefail
bin=$1
seconds=${2:-3}
work=$(mktemp -d)
trap 'stop_site; rm -rf "$work"' EXIT
source "$(dirname "${BASH_SOURCE[0]}")/../demos/download_site.sh"
unset "${!ASYNCIO_@}"
command -v wrk >/dev/null || { echo 'there is no wrk: apt-get install wrk'; exit 2; }
start_site "$work"

wrk_rate() { # CONNECTIONS URL
  wrk -t1 -c"$1" -d"${seconds}s" "$2" | sed -n 's/^Requests\/sec: *//p'
}
our_rate() { # CONNECTIONS URL COUNT
  "$bin/download_async" --limit "$1" --count "$3" --url "$2" |
    sed -n 's/^Downloaded \([0-9]*\) in \(.*\) seconds$/\1 \2/p' | awk '{ print $1 / $2 }'
}

printf '%-6s %11s %12s %16s %6s\n' page connections wrk download_async ratio
for page in small big; do
  for connections in 1 16 64; do
    wrk_rate "$connections" "$http/$page" >/dev/null # so that both find nginx awake
    theirs=$(wrk_rate "$connections" "$http/$page")
    sample=$(our_rate "$connections" "$http/$page" 2000)
    ours=$(our_rate "$connections" "$http/$page" "$(awk "BEGIN { print int($sample * $seconds) }")")
    printf '%-6s %11s %10.0f/s %14.0f/s %6.2f\n' "$page" "$connections" "$theirs" "$ours" \
      "$(awk "BEGIN { print $ours / $theirs }")"
  done
done
