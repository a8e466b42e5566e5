#pragma once

/// SIGUSR1, by which a dump of the tasks is asked for. Its handler stays once it is there: who asks when
/// nobody tells any more, or yet, gets no answer, and ends no program.
namespace asyncio::detail::dump_signal {

/// Sets the handler; false if the program has one of its own, or ignores the signal.
bool take() noexcept;
bool is_taken() noexcept;

/// Until it comes, or wake() is called. Those that come together are one.
void wait() noexcept;
void wake() noexcept;

/// Those that came meanwhile.
void forget() noexcept;

} // namespace asyncio::detail::dump_signal
