#include <demos/support/thread_main.hpp>

#include <asyncio/clock.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/interrupt.hpp>
#include <asyncio/run_options.hpp>
#include <asyncio/serve_if_worker.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>

namespace demos {

int thread_main(const std::function<void()>& program) {
  asyncio::serve_if_worker();
  const asyncio::run_options options;
  try {
    options.check();
  } catch (const asyncio::invalid_argument_error& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 2;
  }
  const auto start = asyncio::clock::now();
  const asyncio::interrupt_scope ctrl_c;
  try {
    program();
    asyncio::check_interrupt(); // it may have come where nothing could throw, at the end of a pool
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
  if (!std::cout.flush() || std::ferror(stdout) != 0) {
    std::cerr << "error: what the program printed could not be written to stdout\n";
    return 1;
  }
  return 0;
}

} // namespace demos
