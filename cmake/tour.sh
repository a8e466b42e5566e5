#!/usr/bin/env bash
# tour.sh [ARGS...]: sets up, builds, and runs the tour; all of it in virtual time by default.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

build dev
(($#)) || set -- --virtual-time
exec build/dev/bin/tour "$@"
