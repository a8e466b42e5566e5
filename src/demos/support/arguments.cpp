#include <demos/support/arguments.hpp>

#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <boost/program_options/variables_map.hpp>

#include <deque>
#include <iostream>
#include <utility>

namespace demos {

namespace po = boost::program_options;

struct arguments::description {
  po::options_description options{"Options"};
  std::deque<bool> flags; // a deque: what it holds stays where it is
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

bool arguments::parse(int argc, char** argv) {
  po::variables_map found;
  try {
    const po::positional_options_description none;
    po::store(po::command_line_parser(argc, argv).options(description_->options).positional(none).run(),
              found);
    po::notify(found);
  } catch (const po::error& error) {
    std::cerr << program_ << ": " << error.what() << "; " << program_ << " --help lists what there is\n";
    exit_status_ = 2;
    return false;
  }
  if (found.contains("help")) {
    std::cout << summary_ << "\n\nUsage: " << program_ << " [options]\n" << description_->options;
    return false;
  }
  return true;
}

} // namespace demos
