#!/usr/bin/env bash
# Runs the commands of README.md: those of its `sh` blocks have to succeed, those of its
# `console` blocks have to print what stands below them; a `gdb` block is a session, and gdb has to
# answer as it does there (addresses and process numbers may differ). Each `cpp` block has to be a lesson of its own
# (tests/readme/CMakeLists.txt builds that) or a part of one, comments aside.
#
#   readme_test.sh PRESET       the preset whose build stands for build/dev
#
# Left to CI: the set-up scripts, and what builds another preset. cmake/debug.sh builds the preset dev, so
# sessions are for that one.
set -uo pipefail
preset=$1
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
failures=0
commands=0
parts=0

left_to_ci() { [[ $1 =~ cmake/(tour|test)\.sh|release ]]; }

# The output of a README command, run in this preset's build.
run() { # COMMAND
  commands=$((commands + 1))
  command=${1//build\/dev/build\/$preset}
  command=${command//--preset dev/--preset $preset}
  bash -c "$command" 2>&1 </dev/null
}

# gdb doesn't echo what it reads from a pipe, so its answer stands behind the prompt.
session() { # BLOCK
  local start=${1%%$'\n'*}
  commands=$((commands + 1))
  sed -n 's/^(gdb) //p' <<<"$1" | stdbuf -oL bash -c "${start#\$ }" 2>/dev/null |
    grep -v '^Reading symbols' | masked >"$work/printed"
  { sed '1d; /^(gdb) /{N; s/.*\n/(gdb) /}' <<<"${1%$'\n'}"; echo '(gdb) '; } | masked >"$work/expected"
  diff "$work/expected" "$work/printed" || fail "gdb answers something else: $start"
}
masked() { sed -E 's/0x[0-9a-f]+/ADDRESS/; s/process [0-9]+/process N/'; }
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

is_part_of_a_lesson() { # CODE
  for lesson in src/demos/*.cpp; do
    [[ $(sed 's, *// .*,,' "$lesson") != *"${1%$'\n'}"* ]] || return 0
  done
  return 1
}

fail() {
  echo "README.md: $1"
  failures=$((failures + 1))
}

block=
code=
expected=
shown=
finish_console() {
  [[ -z $shown ]] || [[ $(run "$shown") == "${expected%$'\n'}" ]] || fail "prints something else: $shown"
  shown=
  expected=
}
finish_code() {
  [[ $code == '// tea: '* ]] || is_part_of_a_lesson "$code" || fail "no lesson has this code: ${code%%$'\n'*}"
  parts=$((parts + 1))
  code=
}
finish_session() {
  [[ $preset != dev ]] || session "$code"
  code=
}
while IFS= read -r line; do
  case $block:$line in
    :'```sh') block=sh ;;
    :'```console') block=console ;;
    :'```cpp') block=cpp ;;
    :'```gdb') block=gdb ;;
    :'```'*) block=other ;;
    *:'```') case $block in console) finish_console ;; cpp) finish_code ;; gdb) finish_session ;; esac; block= ;;
    sh:*) left_to_ci "$line" || run "$line" >/dev/null || fail "fails: $line" ;;
    console:'$ '*) finish_console; shown=${line#\$ } ;;
    console:*) expected+=$line$'\n' ;;
    cpp:* | gdb:*) code+=$line$'\n' ;;
  esac
done <README.md

((commands > 3)) || fail "only $commands commands found"
((parts > 1)) || fail "only $parts blocks of code found"
echo "$commands commands run, $failures failed"
exit $((failures > 0))
