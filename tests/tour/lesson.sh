#!/usr/bin/env bash
# A made-up lesson: which one, its name says.
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
esac
