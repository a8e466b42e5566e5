// The report of a deadlock: who waits for what.

#include <asyncio/detail/deadlock.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/scheduler.hpp>
#include <asyncio/detail/source_place.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/errors.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

namespace asyncio::detail {
namespace {

using tasks = std::vector<const task_base*>;

// What the task waits for, and what that waits for, until it ends or comes round.
std::string chain_from(const task_base& first, tasks& told) {
  std::string text;
  for (const task_base* task = &first; task != nullptr;) {
    told.push_back(task);
    const operation_base* const operation = task->waits_for();
    if (operation == nullptr) {
      return text;
    }
    text += " waits for " + operation->waits_for();
    if (task->waits_at().line() != 0) {
      text += " (" + place_in_source(task->waits_at()) + ')';
    }
    const task_base* const next = operation->waits_for_task();
    if (next != nullptr && operation->is_held()) {
      text += ", held by task \"" + next->shown_name() + '"';
    }
    if (next == nullptr || next->waits_for() == nullptr || std::ranges::find(told, next) != told.end()) {
      return text;
    }
    text += ", which";
    task = next;
  }
  return text;
}

} // namespace

std::string describe_waiting_tasks(scheduler& of) {
  tasks told;
  std::string lines;
  if (of.main_task != nullptr && of.main_task->waits_for() != nullptr) {
    lines = "main" + chain_from(*of.main_task, told);
  }
  for (const future_base* f = of.first_alive(); f != nullptr; f = f->next_alive) {
    if (!f->is_task() || f->done()) {
      continue;
    }
    const auto& task = static_cast<const task_base&>(*f);
    if (task.waits_for() != nullptr && std::ranges::find(told, &task) == told.end()) {
      lines += (lines.empty() ? "" : "\n  ") + ("task \"" + task.shown_name() + '"') + chain_from(task, told);
    }
  }
  return lines.empty() ? "a loop without tasks" : lines;
}

void report_deadlock(scheduler& in) {
  const std::string report = describe_deadlock(describe_waiting_tasks(in));
  if (in.main_task == nullptr) {
    throw deadlock_error(report);
  }
  in.main_task->throw_in(std::make_exception_ptr(deadlock_error(report)));
}

} // namespace asyncio::detail
