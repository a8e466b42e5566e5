#pragma once

#include <array>
#include <cstdint>

namespace asyncio::detail {

class scheduler;

/// Where a debugger begins: it finds this by its symbol, and from here every loop of the
/// process with its tasks, by reading memory alone. What it says of itself lets the commands in
/// src/debugger refuse a program that they weren't made for.
struct debugger_entry {
  std::array<char, 8> magic;
  std::uint32_t layout; // goes up when what src/debugger/asyncio_debugger/layout.py reads changes
  std::uint32_t boost;
  const char* compiler; // of the library
  scheduler* loops;     // the first
};

/// A loop is listed from its construction to its end.
void list_for_debugger(scheduler& added) noexcept;
void unlist_for_debugger(scheduler& gone) noexcept;

} // namespace asyncio::detail

/// Of the process. Loops of all threads are listed, under a lock of its own.
extern "C" constinit asyncio::detail::debugger_entry asyncio_debugger_entry;
