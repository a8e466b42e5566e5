#!/usr/bin/env bash
# Every made-up lesson: which one, its name says.
case ${0##*/} in
  steady | clockwork)
    echo "given: $# arguments, clock=${ASYNCIO_CLOCK-unset} speed=${ASYNCIO_SPEED-unset}"
    # Two loops, one after the other.
    [[ ${ASYNCIO_CLOCK-} != virtual ]] || printf '2.5\n1.5\n' >>"$ASYNCIO_ELAPSED"
    ;;
  asking)
    read -r name && read -r other && ! read -r more
    echo "it read: <$name> <$other> <$more>, status $?"
    ;;
  listening) cat ;;
  broken | expected) exit 3 ;;
  crashing) kill -SEGV $$ ;;
  patient)
    trap 'echo cleaned up; exit 130' INT
    echo waiting
    for _ in {1..100}; do sleep 0.1; done
    ;;
  stubborn)
    times=0
    trap '((++times == 1)) && echo once || { echo twice; exit 130; }' INT
    echo waiting
    for _ in {1..100}; do sleep 0.1; done
    ;;
esac
