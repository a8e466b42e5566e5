#!/usr/bin/env bash
# Who may include whom. Lists what breaks a rule as file:line: reason, and exits 1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# src/asyncio from the bottom up: a file may include its own layer and those above it in this
# list. Names on one line are one layer; `detail/*` stands for every file of that
# folder that is not named itself.
layers='
  errors exception_group exception_context thread_name
  detail/environment detail/node detail/weak_ref detail/intrusive_ref detail/frame_pool detail/value_slot detail/safe_temporary detail/source_place detail/recorded
  detail/context_state
  context_var
  context
  task_options
  task_factory
  clock detail/clock_source seed
  log run_options
  interrupt
  detail/interrupt
  detail/dump_signal detail/printable
  detail/timer_heap detail/virtual_time detail/deadlock
  detail/clock_scope detail/clock_condition
  blocking blocking_lock blocking_queue thread
  detail/inbox detail/callback detail/future_base detail/scheduler detail/step_note detail/debugger_entry
  detail/job detail/interrupt_watch observer
  detail/program_address detail/carried_exception detail/serialized detail/worker_channel detail/worker_process
  detail/process_workers
  detail/process_call serve_if_worker
  detail/executor
  detail/promise detail/task_base detail/operation detail/awaited_at detail/waiter detail/asio_operation detail/arrival detail/waiting_tasks detail/debug_mode
  awaitable
  loop
  outcome
  future
  task
  sleep lock semaphore event queue ensure_future
  condition
  barrier
  gather task_group
  shield as_completed time_limit
  timeout wait
  wait_for
  concurrent_future thread_pool_executor
  process_pool_executor
  run_in_executor run_coroutine_threadsafe
  call_graph observe/*
  run
  explore
  asyncio asio
'

# The one file that may lean on Asio's internals.
asio_internals=src/asyncio/detail/promise.hpp

# forbid FILES PATTERN REASON, comments not counted.
rules() {
  forbid 'src/*'         '# *include *<boost/asio\.hpp>'             'name the Asio headers you need'
  forbid 'tests/*'       '# *include *<boost/asio\.hpp>'             'name the Asio headers you need'
  forbid 'src/*'         'asio::detail|asio/detail/'                 "only $asio_internals may lean on the internals of Asio"
  forbid 'tests/*'       'asio::detail|asio/detail/'                 "only $asio_internals may lean on the internals of Asio"
  forbid 'src/asyncio/*' '# *include *"'                             'the library includes its headers as <asyncio/NAME.hpp>'
  forbid 'src/asyncio/*' '# *include *<(demos|tour|debugger|tests|support)/' 'the library knows none of its users'
  forbid 'src/demos/*'   '# *include *[<"]asyncio/detail/'           'a lesson includes public headers only'
  forbid 'src/demos/*'   '# *include *[<"](tour|debugger|tests)/'    'a lesson uses the library alone'
  forbid 'src/tour/*'    '# *include *[<"](asyncio|demos|debugger|tests)/' 'the tour only starts programs'
}

found=0
violation() { # FILE:LINE REASON
  echo "$1: $2"
  found=1
}

# FILE:LINE:TEXT of the lines below a folder that match, // comments left out.
code_lines() { # FILES PATTERN
  local found
  found=$(grep -rnE --include='*.[ch]pp' "$2" "${1%/\*}" || true)
  sed 's,//.*,,' <<<"$found" | grep -E "^[^:]*:[0-9]+:.*($2)" | sort -t: -k1,1 -k2,2n || true
}

forbid() {
  local file line
  while IFS=: read -r file line _; do
    [[ $file == "$asio_internals" && $2 == asio::detail* ]] || violation "$file:$line" "$3"
  done < <(code_lines "$1" "$2")
}

declare -A layer_of
number=0
while read -r -a names; do
  for name in "${names[@]}"; do layer_of[$name]=$number; done
  number=$((number + 1))
done <<<"$layers"

find_layer() { # NAME: sets `layer`, empty when the list above does not have it
  layer=${layer_of[$1]-${layer_of[${1%/*}/*]-}}
}

check_order() {
  local file name line include layer
  declare -A own=()
  while read -r file; do
    name=${file#src/asyncio/}
    find_layer "${name%.*}"
    own[$file]=$layer
    [[ -n $layer ]] || violation "$file:1" 'not in the list of layers at the head of cmake/check_layers.sh'
  done < <(find src/asyncio -name '*.[ch]pp' | sort)
  while IFS=: read -r file line include; do
    include=${include#*<asyncio/}
    include=${include%.hpp>*}
    find_layer "$include"
    if [[ -n $layer && -n ${own[$file]} ]] && ((layer > own[$file])); then
      name=${file#src/asyncio/}
      violation "$file:$line" "${name%.*} is below $include and may not include it"
    fi
  done < <(code_lines 'src/asyncio/*' '# *include *<asyncio/')
}

rules
check_order
exit "$found"
