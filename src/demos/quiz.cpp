// quiz: eight questions about what the lessons show.
//
// To read a line blocks a thread, so a thread of the loop's executor does it: the loop itself
// stays free, and Ctrl-C reaches the coroutine that awaits the line. What a cancel can't do is
// stop the other thread: next_line() has to tell it, or the program would wait for that line.
//
//   run    cmake --build --preset dev -t run-quiz
//   debug  cmake --build --preset dev -t debug-quiz
//   try    leave out input.stop(), and press Ctrl-C once; or let a clock tick in another task

#include <asyncio/errors.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>

#include <iostream>
#include <optional>
#include <string>

#include <demos/support/input.hpp>
#include <demos/support/print.hpp>
#include <demos/support/quiz_questions.hpp>

using asyncio::awaitable;
using demos::print;
using demos::quiz_question;

awaitable<std::optional<std::string>> next_line(demos::input& input) {
  try {
    co_return co_await asyncio::to_thread(&demos::input::line, &input);
  } catch (const asyncio::cancelled_error&) {
    input.stop(); // stop here after Ctrl-C: `info threads` shows who is still reading
    print();      // the prompt's line ends here
    throw;
  }
}

/// A letter, in either case and with spaces around it.
std::optional<char> parse_answer(const std::string& line) {
  const auto first = line.find_first_not_of(" \t\r");
  const auto last = line.find_last_not_of(" \t\r");
  if (first == std::string::npos || first != last) {
    return std::nullopt;
  }
  const auto letter = std::string("abcABC").find(line[first]);
  return letter == std::string::npos ? std::nullopt : std::optional("abc"[letter % 3]);
}

awaitable<std::optional<char>> ask(demos::input& input) {
  for (;;) {
    std::cout << "Your answer (a, b or c): " << std::flush;
    const std::optional<std::string> line = co_await next_line(input);
    if (!line) {
      co_return std::nullopt;
    }
    const std::optional<char> answer = parse_answer(*line);
    if (answer) {
      co_return answer;
    }
    print("That is not one of them.");
  }
}

void show(int number, const quiz_question& asked) {
  print(number, ". ", asked.text);
  for (char letter = 'a'; const std::string& answer : asked.answers) {
    print("   ", letter++, ") ", answer);
  }
}

void explain(char answer, const quiz_question& asked) {
  print(answer, answer == asked.right ? " is right." : " is wrong.");
  if (answer != asked.right) {
    print("Right is ", asked.right, ": ", asked.answers.at(static_cast<std::size_t>(asked.right - 'a')), ".");
  }
  for (const std::string& line : asked.explanation) {
    print("   ", line);
  }
  print("   The lesson that shows it: ", asked.lesson, "\n");
}

awaitable<int> async_main(demos::input& input) {
  int answered = 0;
  int right = 0;
  for (const quiz_question& asked : demos::quiz_questions()) {
    show(answered + 1, asked);
    const std::optional<char> answer = co_await ask(input);
    if (!answer) {
      print("\nScore so far: ", right, " of ", answered);
      std::cerr << "quiz: the input ended before question " << answered + 1 << " was answered\n";
      co_return 1;
    }
    ++answered;
    right += *answer == asked.right ? 1 : 0;
    explain(*answer, asked);
  }
  print("Score: ", right, " of ", answered);
  co_return 0;
}

int main() {
  demos::input input; // outlives the thread that reads, whatever becomes of async_main()
  return asyncio::run_main(async_main(input));
}

// | 1. What is "async I/O" short for?
// |    a) assigned input and output
// |    b) asynchronous input and output
// |    c) asymmetric input and output
// | Your answer (a, b or c): b is right.
// |    What reads or writes is started, and the program does something else until it is done.
// |    Many languages have it. Python's library for it is called asyncio, and this one after it.
// |    The lesson that shows it: hello
// |
// | 2. For which program is it a good choice?
// |    a) one that has a single long calculation to do
// |    b) one that has to use all processors
// |    c) one with many tasks that mostly wait, for a network, a disk, a user
// | Your answer (a, b or c): a is wrong.
// | Right is c: one with many tasks that mostly wait, for a network, a disk, a user.
// |    The waits overlap, so that all of them together take as long as the longest.
// |    A calculation does not wait: there is nothing to overlap (see cpu_bound).
// |    The lesson that shows it: say_sequential
// |
// | 3. What is special about a coroutine?
// |    a) it can pause where it has to wait, and others run meanwhile
// |    b) it runs on a thread of its own
// |    c) the system may interrupt it anywhere
// | Your answer (a, b or c): That is not one of them.
// | Your answer (a, b or c): a is right.
// |    Several of them seem to run at the same time, and yet there is one thread, and each goes
// |    on undisturbed until it waits.
// |    The lesson that shows it: three_functions
// |
// | 4. Which two words of Python make a function a coroutine, and hand control back to the loop?
// |    a) await makes it one, async hands back
// |    b) async makes it one, await hands back
// |    c) yield makes it one, return hands back
// | Your answer (a, b or c): b is right.
// |    In C++ co_await hands back. There is no word in front of the function: it is a coroutine
// |    because co_await or co_return stands in it.
// |    The lesson that shows it: event_loop_steps
// |
// | 5. What is a queue good for in a program with coroutines?
// |    a) to run the coroutines in alphabetical order
// |    b) to make a single coroutine faster
// |    c) to carry work from those who make it to those who do it
// | Your answer (a, b or c): c is right.
// |    Producers put items in, consumers take them out, each at a pace of their own. A queue with
// |    a limit makes the producers wait when the consumers can't keep up.
// |    The lesson that shows it: producer_consumer
// |
// | 6. What does a producer have to know about the consumers of what it puts into a queue?
// |    a) nothing at all
// |    b) their names, to call one after the other
// |    c) how many of them there are
// | Your answer (a, b or c): That is not one of them.
// | Your answer (a, b or c): a is right.
// |    They talk through the queue, and never to each other. So there can be more of one kind than
// |    of the other, and either can be changed alone.
// |    The lesson that shows it: producer_consumer
// |
// | 7. Why not send a thousand requests at once to a small site?
// |    a) one thread cannot send more than one
// |    b) it can be more than the site can take
// |    c) the answers would come in the wrong order
// | Your answer (a, b or c): b is right.
// |    With coroutines a thousand requests are as easily written as one, and the site has to bear
// |    them. A semaphore lets a few through at a time.
// |    The lesson that shows it: limited_requests
// |
// | 8. What does gather() do with several coroutines?
// |    a) it makes one future of them, which has all their results
// |    b) it runs one after the other and adds up what they return
// |    c) it gives the result of the fastest and drops the others
// | Your answer (a, b or c): a is right.
// |    Awaiting that future waits for all of them. The results are in the order of the coroutines,
// |    whoever was done first.
// |    The lesson that shows it: say_gather
// |
// | Score: 7 of 8
