#!/usr/bin/env bash
# debug.sh LESSON [ARGS...]: sets up, builds the lesson, and opens it in gdb at the first line of the first
# coroutine that runs (at main() if it has none), with the `async` commands loaded.
#
# The clock is the program's own: ASYNCIO_CLOCK=virtual ./cmake/debug.sh fetch_data holds all deadlines
# while you look around.
case ${1-} in
  '' | -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit $(($# ? 0 : 2)) ;;
esac

lesson=$1
shift
sources=$(dirname "${BASH_SOURCE[0]}")/../src/demos
if [[ $lesson == */* || ! -f $sources/$lesson.cpp ]]; then
  near=$(printf '%s\n' "$sources"/*.cpp | sed 's,.*/,,; s,\.cpp$,,' | awk -v wanted="$lesson" '
    function least(a, b) { return a < b ? a : b }
    function distance(a, b,    i, j, row, diagonal, above) { # the letters to change from one to the other
      for (j = 0; j <= length(b); ++j) row[j] = j
      for (i = 1; i <= length(a); ++i) {
        diagonal = row[0]
        row[0] = i
        for (j = 1; j <= length(b); ++j) {
          above = row[j]
          row[j] = least(least(row[j - 1], above) + 1, diagonal + (substr(a, i, 1) != substr(b, j, 1)))
          diagonal = above
        }
      }
      return row[length(b)]
    }
    index($0, wanted) || distance(wanted, $0) <= 2 + length(wanted) / 4 { printf "%s%s", comma, $0; comma = ", " }')
  echo "debug.sh: there is no lesson '$lesson'${near:+; near it: $near}" >&2
  exit 2
fi

source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
provide debugger
build dev -t "$lesson"
exec gdb -q -x src/debugger/asyncio_gdb.py -ex 'async start' --args "build/dev/bin/$lesson" "$@"
