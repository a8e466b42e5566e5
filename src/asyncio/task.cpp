#include <asyncio/task.hpp>

namespace asyncio {

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

} // namespace asyncio
