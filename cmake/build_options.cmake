# Two INTERFACE targets carry the options to whatever links them:
#
#   asyncio_sanitizers     ASYNCIO_SANITIZE; public on the library, because a sanitizer has to
#                          reach everything that is compiled and linked with it
#   asyncio_build_options  the warnings, the sanitizers, and the linker; private to our own targets

add_library(asyncio_sanitizers INTERFACE)
if(ASYNCIO_SANITIZE)
  list(JOIN ASYNCIO_SANITIZE "," sanitizers)
  target_compile_options(asyncio_sanitizers INTERFACE
    -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(asyncio_sanitizers INTERFACE -fsanitize=${sanitizers})
  # A recycled coroutine frame hides its use after the end from those that watch memory.
  if(NOT ASYNCIO_SANITIZE STREQUAL "undefined")
    target_compile_definitions(asyncio_sanitizers INTERFACE
      BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
  endif()
  if("thread" IN_LIST ASYNCIO_SANITIZE)
    # The check of virtual tables asks the kernel through a pipe, which looks like a race. (In g++ 12's address
    # sanitizer it takes exceptions of Boost's for something else.)
    target_compile_options(asyncio_sanitizers INTERFACE -fno-sanitize=vptr)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # g++ 12 says of each atomic_thread_fence in Asio that TSan does not model it.
      target_compile_options(asyncio_sanitizers INTERFACE -Wno-tsan)
    endif()
  endif()
endif()

add_library(asyncio_build_options INTERFACE)
target_link_libraries(asyncio_build_options INTERFACE asyncio_sanitizers)
if(ASYNCIO_WARNINGS)
  target_compile_options(asyncio_build_options INTERFACE
    -Wall
    -Wextra
    -Wpedantic
    # Several sources in one confuse these; clang doesn't know the first.
    $<IF:$<BOOL:${ASYNCIO_QUICK_BUILD}>,$<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>,-Wshadow>
    -Wconversion
    -Wsign-conversion
    -Wold-style-cast
    -Wcast-align
    -Wnon-virtual-dtor
    -Woverloaded-virtual)
endif()
if(ASYNCIO_WARNINGS_AS_ERRORS)
  target_compile_options(asyncio_build_options INTERFACE -Werror)
endif()

if(PROJECT_IS_TOP_LEVEL)
  # A hundred programs are linked, each in half the time. It comes with the compiler's binutils.
  find_program(GOLD ld.gold)
  mark_as_advanced(GOLD)
  if(ASYNCIO_QUICK_BUILD AND GOLD)
    target_link_options(asyncio_build_options INTERFACE -fuse-ld=gold)
  endif()

  find_program(CCACHE ccache)
  mark_as_advanced(CCACHE)
  if(CCACHE)
    # Without these it would not keep what is compiled with precompiled headers.
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  endif()
endif()
