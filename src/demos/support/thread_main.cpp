#include <demos/support/thread_main.hpp>

#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/run_options.hpp>

#include <chrono>
#include <exception>
#include <fstream>
#include <iostream>

namespace demos {

int thread_main(const std::function<void()>& program) {
  const asyncio::run_options options;
  try {
    options.check();
  } catch (const asyncio::invalid_argument_error& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 2;
  }
  const auto start = asyncio::clock::now();
  try {
    program();
  } catch (const asyncio::interrupt_error&) {
    return 130;
  } catch (...) {
    std::cout.flush();
    std::cerr << "error: " << asyncio::describe(std::current_exception()) << '\n';
    return 1;
  }
  if (!options.elapsed_file_wanted().empty()) {
    const std::chrono::duration<double> elapsed = asyncio::clock::now() - start;
    std::ofstream(options.elapsed_file_wanted(), std::ios::app) << elapsed.count() << '\n';
  }
  return 0;
}

} // namespace demos
