#include <demos/support/arguments.hpp>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <boost/program_options/variables_map.hpp>

#include <charconv>
#include <concepts>
#include <deque>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace demos {

namespace po = boost::program_options;

namespace {

/// What there may be on the command line. `Value` is an int, or a vector of them.
template <class Value>
struct whole_number {
  whole_number(std::string name_, Value value_, int least_, int most_, std::string help_)
      : name(std::move(name_)), value(std::move(value_)), least(least_), most(most_), help(std::move(help_)) {
  }

  void read(const po::variables_map& found) {
    if (!found.contains(name)) {
      return;
    }
    if constexpr (std::same_as<Value, int>) {
      value = read(found[name].as<std::string>());
    } else {
      value.clear();
      for (const std::string& text : found[name].as<std::vector<std::string>>()) {
        value.push_back(read(text));
      }
    }
  }

  /// Throws unless the text is a number in the range.
  [[nodiscard]] int read(const std::string& text) const {
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stopped != end || number < least || number > most) {
      throw po::error(name + " is a whole number from " + std::to_string(least) + " to " +
                      std::to_string(most) + ", not '" + text + "'");
    }
    return number;
  }

  std::string name;
  Value value;
  int least;
  int most;
  std::string help;
};

} // namespace

struct arguments::description {
  po::options_description options{"Options"};
  // Deques: what they hold stays where it is.
  std::deque<bool> flags;
  std::deque<std::string> texts;
  std::deque<std::vector<std::string>> lists_of_texts;
  std::deque<whole_number<int>> numbers; // options with a value
  std::deque<whole_number<int>> positionals;
  std::optional<whole_number<std::vector<int>>> rest;
};

arguments::arguments(std::string program, std::string summary)
    : program_(std::move(program)), summary_(std::move(summary)),
      description_(std::make_unique<description>()) {
  description_->options.add_options()("help,h", "show this and end");
}

arguments::~arguments() = default;

const bool& arguments::flag(const std::string& name, const std::string& help) {
  bool& given = description_->flags.emplace_back(false);
  description_->options.add_options()(name.c_str(), po::bool_switch(&given), help.c_str());
  return given;
}

const int& arguments::option(const std::string& name, int otherwise, int least, int most,
                             const std::string& help) {
  description_->options.add_options()(name.c_str(), po::value<std::string>()->value_name("N"),
                                      (help + "; " + std::to_string(otherwise) + " if not given").c_str());
  return description_->numbers.emplace_back(name, otherwise, least, most, help).value;
}

const std::string& arguments::text(const std::string& name, const std::string& value,
                                   const std::string& help) {
  std::string& given = description_->texts.emplace_back();
  description_->options.add_options()(name.c_str(), po::value(&given)->value_name(value), help.c_str());
  return given;
}

const std::vector<std::string>& arguments::texts(const std::string& name, const std::string& value,
                                                 const std::string& help) {
  std::vector<std::string>& given = description_->lists_of_texts.emplace_back();
  description_->options.add_options()(name.c_str(), po::value(&given)->multitoken()->value_name(value),
                                      help.c_str());
  return given;
}

const int& arguments::number(const std::string& name, int otherwise, int least, int most,
                             const std::string& help) {
  return description_->positionals.emplace_back(name, otherwise, least, most, help).value;
}

const std::vector<int>& arguments::numbers(const std::string& name, std::vector<int> otherwise, int least,
                                           int most, const std::string& help) {
  return description_->rest.emplace(name, std::move(otherwise), least, most, help).value;
}

bool arguments::parse(int argc, char** argv) {
  po::options_description all;
  all.add(description_->options);
  po::positional_options_description positional;
  std::string usage = "Usage: " + program_;
  std::string help;
  for (const auto& each : description_->positionals) {
    all.add_options()(each.name.c_str(), po::value<std::string>());
    positional.add(each.name.c_str(), 1);
    usage += " [" + each.name + ']';
    help += "  " + each.name + ": " + each.help + "; " + std::to_string(each.value) + " if not given\n";
  }
  if (const auto& rest = description_->rest) {
    all.add_options()(rest->name.c_str(), po::value<std::vector<std::string>>());
    positional.add(rest->name.c_str(), -1);
    usage += " [" + rest->name + "...]";
    help += "  " + rest->name + ": " + rest->help + ";";
    for (const int each : rest->value) {
      help += ' ' + std::to_string(each);
    }
    help += " if not given\n";
  }

  po::variables_map found;
  try {
    po::store(po::command_line_parser(argc, argv).options(all).positional(positional).run(), found);
    po::notify(found);
    for (auto* group : {&description_->numbers, &description_->positionals}) {
      for (auto& each : *group) {
        each.read(found);
      }
    }
    if (description_->rest) {
      description_->rest->read(found);
    }
  } catch (const po::error& error) {
    return refuse(error.what() + std::string("; ") + program_ + " --help lists what there is");
  }
  if (found.contains("help")) {
    std::cout << summary_ << "\n\n" << usage << " [options]\n" << help << description_->options;
    return false;
  }
  return true;
}

bool arguments::refuse(const std::string& reason) {
  std::cerr << program_ << ": " << reason << '\n';
  exit_status_ = 2;
  return false;
}

} // namespace demos
