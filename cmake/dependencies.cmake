# Everything the project needs from outside, and why. Nothing is downloaded.

# Threads: pools for blocking work, and the wake-up of a loop from another thread.
find_package(Threads REQUIRED)

# Boost, exactly 1.81 (Debian 12's): src/asyncio/detail/promise.hpp builds on Asio's internals,
# which may change with every release.
#   headers              Asio: the event loop, sockets, thread_pool, and the coroutine type
#   log                  the library's own record on stderr
#   serialization        what goes to the worker processes of a process_pool_executor
#   program_options      the tour's command line, and the lessons'
#   url                  the download lessons: what an address is made of
#   unit_test_framework  the tests
set(ASYNCIO_BOOST_VERSION 1.81.0)
set(ASYNCIO_BOOST_COMPONENTS headers log serialization) # what users of the installed library need too
set(boost_components ${ASYNCIO_BOOST_COMPONENTS})
if(ASYNCIO_BUILD_DEMOS)
  list(APPEND boost_components program_options url)
endif()
if(ASYNCIO_BUILD_TESTS)
  list(APPEND boost_components unit_test_framework)
endif()

# Shared: a program of ours links in a fraction of a second, and Boost.Log keeps its sinks
# in one place however many libraries use it.
set(Boost_USE_STATIC_LIBS OFF)
find_package(Boost ${ASYNCIO_BOOST_VERSION} EXACT QUIET CONFIG COMPONENTS ${boost_components})
if(NOT Boost_FOUND)
  list(JOIN boost_components ", " boost_components)
  message(FATAL_ERROR "asyncio needs Boost ${ASYNCIO_BOOST_VERSION} (${boost_components}); on Debian 12: \
apt-get install libboost1.81-dev libboost-log1.81-dev libboost-serialization1.81-dev libboost-test1.81-dev \
libboost-program-options1.81-dev libboost-url1.81-dev")
endif()

# OpenSSL: the download lessons, for https. The library doesn't use it.
if(ASYNCIO_BUILD_DEMOS)
  find_package(OpenSSL 3.0 QUIET)
  if(NOT OPENSSL_FOUND)
    message(FATAL_ERROR "the download lessons need OpenSSL 3; on Debian 12: apt-get install libssl-dev")
  endif()
endif()
