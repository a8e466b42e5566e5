#!/usr/bin/env bash
# conformance.sh RESULTS: counts the rows of asyncio's behaviour that have a passing test.
#
#   RESULTS   the folder into which the test programs have written, build/PRESET/conformance
#
# tests/conformance/rows.txt says which rows there are, the table of src/asyncio/DESIGN.md which
# differ on purpose. Exits 1 if a row is missing, or a test of one failed.
set -euo pipefail
if (($# != 1)) || [[ ! -d $1 ]]; then
  echo 'conformance.sh: name the folder of the results, build/PRESET/conformance' >&2
  exit 2
fi
results=$(cat "$1"/*.txt 2>/dev/null || true)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

declare -A known=() passed=() failed=() differs=()
declare -i total=0
while read -r area count; do
  for ((i = 1; i <= count; ++i)); do
    printf -v id '%s-%02d' "$area" "$i"
    known[$id]=1
    total+=1
  done
done < <(grep -v '^#' tests/conformance/rows.txt)

wrong=0
complain() {
  echo "$1"
  wrong=1
}

while read -r id outcome test; do
  [[ -n $id ]] || continue
  [[ -n ${known[$id]-} ]] || complain "$test: there is no row $id in tests/conformance/rows.txt"
  if [[ $outcome == passed ]]; then passed[$id]=1; else failed[$id]=$test; fi
done <<<"$results"

while read -r id; do
  [[ -n ${known[$id]-} ]] || complain "src/asyncio/DESIGN.md: there is no row $id"
  differs[$id]=1
done < <(sed -nE 's/^\| ([a-z-]+-[0-9]{2}) \|.*/\1/p' src/asyncio/DESIGN.md)

declare -i holds=0 on_purpose=0
missing=()
for id in "${!known[@]}"; do
  if [[ -n ${failed[$id]-} ]]; then
    complain "$id: ${failed[$id]} failed"
  elif [[ -n ${differs[$id]-} ]]; then
    on_purpose+=1
  elif [[ -n ${passed[$id]-} ]]; then
    holds+=1
  else
    missing+=("$id")
  fi
done
if ((${#missing[@]} > 0)); then
  complain "without a test: $(printf '%s\n' "${missing[@]}" | sort | tr '\n' ' ')"
fi
echo "$total rows: $holds pass, $on_purpose differ on purpose, ${#missing[@]} missing, ${#failed[@]} fail"
exit "$wrong"
