#!/usr/bin/env bash
# What it costs to record where tasks wait, and who called whom: the same program with that and
# without it (recording_cost.cpp), in turn. Prints the best times of all rounds, and their ratios.
#
#   recording_cost.sh BIN [ROUNDS]      the folder with the two programs; 10 rounds by default
set -euo pipefail
for ((round = 0; round < ${2:-10}; ++round)); do
  echo "$("$1/recording_on") $("$1/recording_off")"
done | awk '
  { for (i = 1; i <= NF; ++i) if (NR == 1 || $i < best[i]) best[i] = $i }
  function tell(what, i) {
    printf "%-18s %7.1f ns with the recording, %7.1f ns without, ratio %.2f\n", what, best[i], best[i + 3],
      best[i] / best[i + 3]
  }
  END { tell("spawn and join", 1); tell("await a coroutine", 2); tell("await, ten deep", 3) }'
