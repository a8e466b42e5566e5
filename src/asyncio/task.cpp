#include <asyncio/task.hpp>

#include <asyncio/exception_context.hpp>
#include <asyncio/observer.hpp>

#include <exception>

namespace asyncio {

any_task eager_task_factory(loop&, task_request& wanted) {
  if (!wanted.options().eager_start_wanted()) {
    wanted.options().eager_start();
  }
  return wanted.make();
}

any_task current_task() {
  return current_task(get_running_loop());
}

any_task current_task(loop& of) {
  detail::task_base* const running = detail::scheduler_of(of).running_task;
  return running != nullptr ? detail::future_access::make<any_task>(*running) : any_task();
}

std::vector<any_task> all_tasks() {
  return all_tasks(get_running_loop());
}

std::vector<any_task> all_tasks(loop& of) {
  std::vector<any_task> found;
  for (detail::future_base* f = detail::scheduler_of(of).first_alive(); f != nullptr; f = f->next_alive) {
    if (f->is_task() && !f->done()) {
      found.push_back(detail::future_access::make<any_task>(*f));
    }
  }
  return found;
}

void detail::tell_observer(scheduler& of, task_base& task,
                           void (loop_observer::*event)(const any_task&)) noexcept {
  const std::shared_ptr<loop_observer> observer = of.observer; // it may take its leave meanwhile
  if (observer == nullptr) {
    return;
  }
  try {
    (*observer.*event)(future_access::make<any_task>(task));
  } catch (...) {
    report(of, exception_context("Exception in the loop's observer", std::current_exception(),
                                 task.shown_name(), task.created_at()));
  }
}

} // namespace asyncio
