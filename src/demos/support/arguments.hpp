#pragma once

#include <memory>
#include <string>
#include <vector>

namespace demos {

/// A lesson's command line: `--help`, and what the lesson adds. What is added gives a reference to its
/// value, which parse() fills in.
///
/// Bad input gets one line on stderr that says what is wrong, and exit status 2.
class arguments {
public:
  arguments(std::string program, std::string summary);
  ~arguments();
  arguments(const arguments&) = delete;
  arguments& operator=(const arguments&) = delete;

  /// Adds `--name`; what it returns is true after parse() if it was given.
  const bool& flag(const std::string& name, const std::string& help);

  /// Adds `--name N`: a whole number from `least` to `most`.
  const int& option(const std::string& name, int otherwise, int least, int most, const std::string& help);

  /// Adds `--name VALUE`, any text; empty if it isn't given.
  const std::string& text(const std::string& name, const std::string& value, const std::string& help);

  /// Adds `--name VALUE...`: as many texts as follow it; none if it isn't given.
  const std::vector<std::string>& texts(const std::string& name, const std::string& value,
                                        const std::string& help);

  /// Adds an argument without a name: a whole number from `least` to `most`.
  const int& number(const std::string& name, int otherwise, int least, int most, const std::string& help);

  /// Adds what stands at the end, as many as are given: whole numbers from `least` to `most`.
  const std::vector<int>& numbers(const std::string& name, std::vector<int> otherwise, int least, int most,
                                  const std::string& help);

  /// False if the program has to end here, with exit_status(): after --help, or bad input.
  [[nodiscard]] bool parse(int argc, char** argv);
  [[nodiscard]] int exit_status() const noexcept { return exit_status_; }

  /// For input that turns out to be bad after parse(): says so as parse() does, and gives false.
  bool refuse(const std::string& reason);

  [[nodiscard]] const std::string& program() const noexcept { return program_; }

private:
  struct description;
  std::string program_;
  std::string summary_;
  std::unique_ptr<description> description_;
  int exit_status_ = 0;
};

} // namespace demos
