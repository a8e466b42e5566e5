#pragma once

/// \file
/// All of the library. A program compiles faster if it names the headers it uses.

#include <asyncio/as_completed.hpp>
#include <asyncio/awaitable.hpp>
#include <asyncio/blocking.hpp>
#include <asyncio/blocking_lock.hpp>
#include <asyncio/blocking_queue.hpp>
#include <asyncio/call_graph.hpp>
#include <asyncio/clock.hpp>
#include <asyncio/concurrent_future.hpp>
#include <asyncio/errors.hpp>
#include <asyncio/exception_context.hpp>
#include <asyncio/exception_group.hpp>
#include <asyncio/explore.hpp>
#include <asyncio/future.hpp>
#include <asyncio/gather.hpp>
#include <asyncio/lock.hpp>
#include <asyncio/log.hpp>
#include <asyncio/loop.hpp>
#include <asyncio/observer.hpp>
#include <asyncio/outcome.hpp>
#include <asyncio/queue.hpp>
#include <asyncio/run.hpp>
#include <asyncio/run_in_executor.hpp>
#include <asyncio/run_options.hpp>
#include <asyncio/seed.hpp>
#include <asyncio/semaphore.hpp>
#include <asyncio/shield.hpp>
#include <asyncio/sleep.hpp>
#include <asyncio/task.hpp>
#include <asyncio/task_group.hpp>
#include <asyncio/thread.hpp>
#include <asyncio/thread_name.hpp>
#include <asyncio/thread_pool_executor.hpp>
