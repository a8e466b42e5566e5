#!/usr/bin/env bash
# test.sh [PRESET]: sets up, builds and runs the tests; of the preset dev by default.
preset=${1:-dev}
presets='dev release asan tsan clang tidy'
if (($# > 1)) || [[ " $presets " != *" $preset "* ]]; then
  echo "test.sh: unknown preset '$*'; there are: $presets" >&2
  exit 2
fi
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

case $preset in
  dev) provide debugger ;;
  clang) provide clang ;;
  tidy) provide clang clang_tidy ;;
esac
provide certificates
provide_nginx
build "$preset"

run=()
# g++ 12's TSan finds no place for its shadow where addresses are spread wider than this.
if [[ $preset == tsan && $(cat /proc/sys/vm/mmap_rnd_bits) -gt 28 ]]; then
  run=(setarch -R)
fi
exec "${run[@]}" ctest --preset "$preset" --output-on-failure -j "$(nproc)"
