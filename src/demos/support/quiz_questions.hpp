#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace demos {

/// What the quiz asks, with three answers to choose from.
struct quiz_question {
  quiz_question(std::string text_, std::array<std::string, 3> answers_, char right_,
                std::vector<std::string> explanation_, std::string lesson_)
      : text(std::move(text_)), answers(std::move(answers_)), right(right_),
        explanation(std::move(explanation_)), lesson(std::move(lesson_)) {}

  std::string text;
  std::array<std::string, 3> answers; ///< a, b and c
  char right;
  std::vector<std::string> explanation; ///< its lines
  std::string lesson;                   ///< the one that shows it
};

/// The eight of the notebook, in its order.
const std::vector<quiz_question>& quiz_questions();

} // namespace demos
