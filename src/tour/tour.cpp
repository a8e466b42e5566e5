// tour: lists the lessons and runs them, one after the other.

#include "lessons.hpp"
#include "run_lesson.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <limits>
#include <numeric>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

namespace {

namespace po = boost::program_options;

/// The command line makes no sense: one line for stderr, exit status 2.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct command_line {
  bool help = false;
  bool list = false;
  clock_choice clock;
  std::vector<lesson> chosen;
};

struct finished_lesson {
  lesson which;
  lesson_run run;
};

po::options_description visible_options() {
  po::options_description options("Options");
  auto add = options.add_options();
  add("virtual-time", "lessons that know it wait without taking time");
  add("speed", po::value<std::string>()->value_name("N"), "real time, N times faster");
  add("help", "this text");
  return options;
}

/// How many letters have to be changed, added or removed to turn one word into the other.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (char letter : from) {
    std::size_t diagonal = row[0]++;
    for (std::size_t i = 0; i < to.size(); ++i) {
      std::size_t changed = diagonal + (letter == to[i] ? 0 : 1);
      diagonal = row[i + 1];
      row[i + 1] = std::min({changed, row[i] + 1, row[i + 1] + 1});
    }
  }
  return row.back();
}

const lesson& find_lesson(const std::string& name) {
  const lesson* nearest = nullptr;
  std::size_t least = std::max<std::size_t>(2, name.size() / 2) + 1; // further off is no guess
  for (const lesson& candidate : lessons()) {
    if (candidate.name == name) {
      return candidate;
    }
    if (std::size_t distance = edit_distance(name, candidate.name); distance < least) {
      least = distance;
      nearest = &candidate;
    }
  }
  std::string hint = nearest ? "did you mean '" + nearest->name + "'? " : "";
  throw usage_error("there is no lesson '" + name + "': " + hint + "`tour list` names them all");
}

double parse_speed(const std::string& text) {
  double speed = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, speed);
  if (stop != end || error != std::errc{} || !std::isfinite(speed) || speed <= 0) {
    throw usage_error("--speed wants a positive number, such as --speed 20, not '" + text + "'");
  }
  return speed;
}

/// Throws usage_error, or po::error for what Boost.Program_options itself finds wrong.
command_line parse(int argc, char** argv) {
  po::options_description options = visible_options();
  options.add_options()("lesson", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("lesson", -1);

  po::variables_map given;
  auto style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(argc, argv).options(options).positional(positional).style(style).run(),
            given);

  command_line result;
  result.help = given.contains("help");
  result.clock.virtual_time = given.contains("virtual-time");
  if (given.contains("speed")) {
    result.clock.speed = parse_speed(given["speed"].as<std::string>());
  }
  if (result.clock.speed && result.clock.virtual_time) {
    throw usage_error("--speed and --virtual-time exclude each other: choose one");
  }

  std::vector<std::string> names;
  if (given.contains("lesson")) {
    names = given["lesson"].as<std::vector<std::string>>();
  }
  result.list = names == std::vector<std::string>{"list"};
  if (result.list) {
    return result;
  }
  for (const std::string& name : names) {
    if (name == "list") {
      throw usage_error("`tour list` takes no lessons: say `tour list`, or the lessons alone");
    }
    result.chosen.push_back(find_lesson(name));
  }
  if (names.empty()) {
    result.chosen = lessons();
  }
  return result;
}

bool stdout_has_colours() {
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no_color == nullptr || *no_color == '\0');
}

std::string bold(const std::string& text) {
  return stdout_has_colours() ? "\033[1m" + text + "\033[0m" : text;
}

std::string red(const std::string& text) {
  return stdout_has_colours() ? "\033[31m" + text + "\033[0m" : text;
}

std::string in_seconds(double value) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << value << " s";
  return out.str();
}

int name_width() {
  std::size_t width = std::string_view("lesson").size();
  for (const lesson& each : lessons()) {
    width = std::max(width, each.name.size());
  }
  return static_cast<int>(width);
}

void print_help() {
  std::cout << "tour                      runs every lesson\n"
               "tour list                 names them\n"
               "tour fetch_data ...       runs those\n\n"
            << visible_options();
}

void print_list() {
  for (const lesson& each : lessons()) {
    std::cout << std::left << std::setw(name_width()) << each.name << "  " << each.summary
              << (each.knows_virtual_time ? "" : " (in real time)") << '\n';
  }
}

/// Nothing is shown for what is not known, and no time of the lesson's own where it goes by another clock.
void print_table(const std::vector<finished_lesson>& finished, const clock_choice& clock) {
  const bool other_clock = clock.virtual_time || clock.speed;
  auto row = [](const std::string& name, const std::string& notebook, const std::string& own,
                const std::string& wall) {
    std::ostringstream out;
    out << std::left << std::setw(name_width()) << name << std::right << std::setw(11) << notebook
        << std::setw(11) << own << std::setw(11) << wall;
    return out.str();
  };
  auto known = [](std::optional<double> value) { return value ? in_seconds(*value) : "-"; };

  double notebook_total = 0;
  double own_total = 0;
  double wall_total = 0;
  std::cout << '\n'
            << bold(row("lesson", "notebook", clock.virtual_time ? "virtual" : "this run", "wall") +
                    "  result")
            << '\n';
  for (const auto& [which, run] : finished) {
    const bool real = other_clock && !which.knows_virtual_time;
    const std::optional<double> own = real ? std::nullopt : run.own_seconds;
    notebook_total += which.notebook_seconds.value_or(0);
    own_total += own.value_or(0);
    wall_total += run.wall_seconds;
    std::cout << row(which.name, known(which.notebook_seconds), known(own), in_seconds(run.wall_seconds))
              << "  " << (run.problem.empty() ? "ok" : red(run.problem)) << '\n';
  }
  if (finished.size() > 1) {
    std::cout << row("total", in_seconds(notebook_total), in_seconds(own_total), in_seconds(wall_total))
              << '\n';
  }
}

/// Returns the tour's exit status.
int run_lessons(const command_line& wanted) {
  catch_interrupt();
  std::vector<finished_lesson> finished;
  bool failed = false;
  for (const lesson& which : wanted.chosen) {
    std::cout << (finished.empty() ? "" : "\n") << bold(which.name) << ": " << which.summary << '\n'
              << std::flush; // before the lesson's own lines
    lesson_run run = run_lesson(which, wanted.clock);
    if (interrupted) {
      run.problem = "interrupted";
    } else if (!run.problem.empty()) {
      std::cerr << "tour: " << which.name << ": " << run.problem << '\n';
    }
    failed = failed || !run.problem.empty();
    finished.push_back({which, run});
    if (interrupted) {
      break;
    }
  }
  print_table(finished, wanted.clock);
  if (interrupted) {
    return 130;
  }
  return failed ? 1 : 0;
}

int run_tour(const command_line& wanted) {
  if (wanted.help) {
    print_help();
    return 0;
  }
  if (wanted.list) {
    print_list();
    return 0;
  }
  return run_lessons(wanted);
}

} // namespace

int main(int argc, char** argv) {
  try {
    command_line wanted = parse(argc, argv);
    int status = run_tour(wanted);
    return std::cout.flush() ? status : 1;
  } catch (const usage_error& error) {
    std::cerr << "tour: " << error.what() << '\n';
  } catch (const po::error& error) {
    std::cerr << "tour: " << error.what() << "; `tour --help` shows what there is\n";
  }
  return 2;
}
