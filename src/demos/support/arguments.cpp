#include <demos/support/arguments.hpp>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <boost/program_options/variables_map.hpp>

#include <charconv>
#include <deque>
#include <iostream>
#include <utility>

namespace demos {

namespace po = boost::program_options;

namespace {

struct whole_number {
  whole_number(std::string name_, int value_, int least_, int most_, std::string help_)
      : name(std::move(name_)), value(value_), least(least_), most(most_), help(std::move(help_)) {}

  /// Throws unless the text is a number in the range.
  void read(const std::string& text) {
    const char* const end = text.data() + text.size();
    const auto [stopped, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stopped != end || value < least || value > most) {
      throw po::error(name + " is a whole number from " + std::to_string(least) + " to " +
                      std::to_string(most) + ", not '" + text + "'");
    }
  }

  std::string name;
  int value;
  int least;
  int most;
  std::string help;
};

} // namespace

struct arguments::description {
  po::options_description options{"Options"};
  // Deques: what they hold stays where it is.
  std::deque<bool> flags;
  std::deque<whole_number> numbers; // options with a value
  std::deque<whole_number> positionals;
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
  description_->options.add_options()(name.c_str(), po::value<std::string>()->value_name("N"), help.c_str());
  return description_->numbers.emplace_back(name, otherwise, least, most, help).value;
}

const int& arguments::number(const std::string& name, int otherwise, int least, int most,
                             const std::string& help) {
  return description_->positionals.emplace_back(name, otherwise, least, most, help).value;
}

bool arguments::parse(int argc, char** argv) {
  po::options_description all;
  all.add(description_->options);
  po::positional_options_description positional;
  std::string usage = "Usage: " + program_;
  std::string help;
  for (const whole_number& each : description_->positionals) {
    all.add_options()(each.name.c_str(), po::value<std::string>());
    positional.add(each.name.c_str(), 1);
    usage += " [" + each.name + ']';
    help += "  " + each.name + ": " + each.help + "; " + std::to_string(each.value) + " if not given\n";
  }

  po::variables_map found;
  try {
    po::store(po::command_line_parser(argc, argv).options(all).positional(positional).run(), found);
    po::notify(found);
    for (auto* group : {&description_->numbers, &description_->positionals}) {
      for (whole_number& each : *group) {
        if (found.contains(each.name)) {
          each.read(found[each.name].as<std::string>());
        }
      }
    }
  } catch (const po::error& error) {
    std::cerr << program_ << ": " << error.what() << "; " << program_ << " --help lists what there is\n";
    exit_status_ = 2;
    return false;
  }
  if (found.contains("help")) {
    std::cout << summary_ << "\n\n" << usage << " [options]\n" << help << description_->options;
    return false;
  }
  return true;
}

} // namespace demos
