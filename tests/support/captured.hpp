#pragma once

#include <iostream>
#include <ostream>
#include <sstream>
#include <streambuf>
#include <string>

/// What is written to a stream while this lives.
class captured {
public:
  explicit captured(std::ostream& from) : from_(from), before_(from.rdbuf(text_.rdbuf())) {}
  ~captured() { from_.rdbuf(before_); }
  captured(const captured&) = delete;
  captured& operator=(const captured&) = delete;

  [[nodiscard]] std::string text() const { return text_.str(); }
  [[nodiscard]] bool has(const std::string& what) const { return text().find(what) != std::string::npos; }

private:
  std::ostringstream text_;
  std::ostream& from_;
  std::streambuf* before_;
};

/// The log, which goes to stderr through std::clog.
class captured_log : public captured {
public:
  captured_log() : captured(std::clog) {}
};
