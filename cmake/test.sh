#!/usr/bin/env bash
# test.sh [PRESET]: sets up, builds and runs the tests; of the preset dev by default.
preset=${1:-dev}
presets='dev release asan tsan'
if (($# > 1)) || [[ " $presets " != *" $preset "* ]]; then
  echo "test.sh: unknown preset '$*'; there are: $presets" >&2
  exit 2
fi
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

case $preset in
  dev)
    provide debugger
    provide_python
    ;;
  tsan) provide clang ;;
esac
provide certificates
provide_nginx
build "$preset"

# Tests press Ctrl-C, and close pipes; who starts this may have everything ignore that, as a shell does in the
# background.
exec env --default-signal=INT,PIPE ctest --preset "$preset" --output-on-failure -j "$(nproc)"
