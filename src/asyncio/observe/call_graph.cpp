// A future knows the nodes in its list of who waits, and a node its kind. Each kind says whose
// wait such a node is: a task's, or another future's, whose own list then tells who waits.

#include <asyncio/call_graph.hpp>

#include <asyncio/detail/future_base.hpp>
#include <asyncio/detail/operation.hpp>
#include <asyncio/detail/printable.hpp>
#include <asyncio/detail/scheduler.hpp>
#include <asyncio/detail/source_place.hpp>
#include <asyncio/detail/step_note.hpp>
#include <asyncio/detail/task_base.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/observe/all_tasks.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/wait.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <ostream>
#include <string_view>
#include <unordered_set>

namespace asyncio {
namespace {

using detail::future_base;

// Whoever waits with a node of its own adds a line here. Done-callbacks are nobody's wait.
const future_base* awaiter_of(const detail::node& place) {
  static const std::array kinds{
      detail::operation_base::as_awaiter(), // a task that awaits
      detail::gathering::as_awaiter(),      detail::waiting::as_awaiter(),
      detail::shielding::as_awaiter(),      detail::group_state::as_awaiter(),
  };
  const auto* const kind = std::ranges::find(kinds, place.on_turn, &detail::awaiter_kind::on_turn);
  return kind != kinds.end() ? kind->awaiter(place) : nullptr;
}

std::vector<const future_base*> awaiting_tasks(const future_base& of) {
  std::vector<const future_base*> tasks;
  std::vector<const future_base*> through{&of};
  std::unordered_set<const future_base*> seen;
  for (std::size_t i = 0; i < through.size(); ++i) {
    for (const detail::node* each = through[i]->first_waiter(); each != nullptr; each = each->next) {
      if (const future_base* awaiter = awaiter_of(*each); awaiter != nullptr && seen.insert(awaiter).second) {
        (awaiter->is_task() ? tasks : through).push_back(awaiter);
      }
    }
  }
  return tasks;
}

// Recursion, here and in the graph's destructor, has to end.
constexpr int deepest = 1000;

// Out of what the compiler says of the function that a coroutine is made of, parameters,
// return type and all, its name with the namespaces.
std::string_view qualified_name(std::string_view signature) {
  std::size_t end = signature.find('(');
  while (end != std::string_view::npos && signature.substr(end).starts_with("(anonymous")) {
    end = signature.find('(', end + 1);
  }
  signature = signature.substr(0, end);
  if (signature.ends_with('>')) { // arguments of a template
    int open = 0;
    do {
      if (signature.back() == '>') {
        ++open;
      } else if (signature.back() == '<') {
        --open;
      }
      signature.remove_suffix(1);
    } while (open > 0 && !signature.empty());
  }
  constexpr std::string_view of_names = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~:";
  return signature.substr(signature.find_last_not_of(of_names) + 1);
}

bool is_of_a_word(char c) {
  return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// `operator<<`; of a conversion, g++ doesn't say to what. Empty if it is no operator.
std::string_view operator_in(std::string_view signature) {
  constexpr std::string_view word = "operator";
  std::size_t begin = signature.find(word);
  while (begin != std::string_view::npos &&
         ((begin > 0 && is_of_a_word(signature[begin - 1])) ||
          (begin + word.size() < signature.size() && is_of_a_word(signature[begin + word.size()])))) {
    begin = signature.find(word, begin + 1);
  }
  if (begin == std::string_view::npos) {
    return {};
  }
  const std::size_t parameters = signature.find('(', begin + word.size() + 1); // not those of operator()
  const std::string_view name = signature.substr(begin, parameters - begin);
  return name.starts_with("operator ") ? "a conversion" : name;
}

bool is_lambda(std::string_view signature) {
  return signature.find("operator()") != std::string_view::npos &&
         (signature.find("lambda") != std::string_view::npos || // g++, and clang
          signature.find("(anonymous class)") != std::string_view::npos);
}

std::string name_of_function(std::string_view signature) {
  if (is_lambda(signature)) {
    return "a lambda";
  }
  if (const std::string_view name = operator_in(signature); !name.empty()) {
    return std::string(name);
  }
  const std::string_view name = qualified_name(signature);
  return std::string(name.substr(name.find_last_of(':') + 1));
}

// A coroutine that run_main() has put around main, say: nobody has written it in the program.
bool is_internal(std::source_location where) {
  return qualified_name(where.function_name()).starts_with("asyncio::detail::");
}

class capturing {
public:
  capturing() = default;
  /// All tasks of a loop, each once.
  explicit capturing(const detail::scheduler& all_of) noexcept : all_of_(&all_of) {}

  [[nodiscard]] bool has_told(const future_base& future) const { return told_.contains(&future); }

  call_graph graph_of(const future_base& future, int depth = 0) {
    call_graph graph;
    graph.name = future.describe();
    const bool told_before = !told_.insert(&future).second;
    if (told_before && all_of_ != nullptr) {
      graph.name += ", see above";
      return graph;
    }
    if (future.is_task()) {
      const auto& task = static_cast<const detail::task_base&>(future);
      describe_wait(task, graph);
      if (all_of_ != nullptr) {
        describe_state(task, graph);
      }
    }
    const std::vector<const future_base*> tasks = awaiting_tasks(future);
    graph.cut = !tasks.empty() && (depth == deepest || told_before);
    if (!graph.cut) {
      for (const future_base* task : tasks) {
        graph.awaited_by.push_back(graph_of(*task, depth + 1));
      }
    }
    return graph;
  }

private:
  static void describe_wait(const detail::task_base& task, call_graph& graph) {
    if (task.waits_for() == nullptr) {
      return;
    }
    graph.waits_for = task.waits_for()->waits_for();
    for (const detail::await_site* site = task.call_stack(); site != nullptr; site = site->caller.get()) {
      if (!is_internal(site->at.get())) {
        graph.call_stack.push_back(site->at.get());
      }
    }
  }

  // Of a task that doesn't wait.
  void describe_state(const detail::task_base& task, call_graph& graph) const {
    if (!task.has_begun()) {
      graph.name += " has not begun";
    } else if (task.waits_for() == nullptr) {
      const detail::step_note* const note = all_of_->noted_step();
      if (note != nullptr && note->task() == &task) {
        graph.call_stack = note->goes_on_from();
      } else if (task.waits_at().line() != 0) {
        graph.call_stack = {task.waits_at()};
      }
      graph.name += graph.call_stack.empty() ? " runs its first step" : " runs, and had waited at this";
    }
  }

  std::unordered_set<const future_base*> told_;
  const detail::scheduler* all_of_ = nullptr;
};

// Further in than people read, a line would only become longer.
constexpr int widest = 100;

void write(std::ostream& to, const call_graph& graph, int level) {
  const std::string margin(static_cast<std::size_t>(4 * std::min(level, widest)), ' ');
  to << margin << "* " << detail::printable(graph.name);
  if (!graph.waits_for.empty()) {
    to << " waits for " << detail::printable(graph.waits_for);
  }
  to << '\n';
  if (!graph.call_stack.empty()) {
    to << margin << "  + call stack:\n";
    for (const std::source_location& where : graph.call_stack) {
      to << margin << "  |   " << detail::place_in_source(where) << ", in "
         << name_of_function(where.function_name()) << '\n';
    }
  }
  if (graph.cut) {
    to << margin << "  + awaited by: ...\n";
  } else if (!graph.awaited_by.empty()) {
    to << margin << "  + awaited by:\n";
    for (const call_graph& each : graph.awaited_by) {
      write(to, each, level + 1);
    }
  }
}

} // namespace

// Those come first who wait for no task: with who awaits them, and so on, that is everyone but
// the tasks that wait for each other in a circle.
void detail::write_all_tasks(std::ostream& to, const scheduler& of) {
  std::vector<const future_base*> tasks;
  std::unordered_set<const future_base*> await_tasks;
  for (const future_base* f = of.first_alive(); f != nullptr; f = f->next_alive) {
    if (f->is_task() && !f->done()) {
      tasks.push_back(f);
      const std::vector<const future_base*> awaiting = awaiting_tasks(*f);
      await_tasks.insert(awaiting.begin(), awaiting.end());
    }
  }
  capturing all(of);
  for (const bool in_circles : {false, true}) {
    for (const future_base* task : tasks) {
      if (!all.has_told(*task) && (in_circles || !await_tasks.contains(task))) {
        to << all.graph_of(*task);
      }
    }
  }
}

call_graph capture_call_graph(std::source_location where) {
  const detail::task_base* const running = detail::scheduler_of(get_running_loop()).running_task;
  if (running == nullptr) {
    throw misuse_error("no task is running here: say of which task or future the call graph shall be");
  }
  call_graph graph = capturing().graph_of(*running);
  graph.call_stack.push_back(where);
  return graph;
}

call_graph capture_call_graph(const any_future& of) {
  if (!of) {
    throw misuse_error("an empty handle was given to capture_call_graph: it belongs to no future");
  }
  return capturing().graph_of(*detail::future_access::state(of));
}

std::ostream& operator<<(std::ostream& to, const call_graph& graph) {
  write(to, graph, 0);
  return to;
}

void print_call_graph(std::ostream& to, std::source_location where) {
  to << capture_call_graph(where);
}

void print_call_graph(const any_future& of, std::ostream& to) {
  to << capture_call_graph(of);
}

} // namespace asyncio
