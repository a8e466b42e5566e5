# add_asyncio_test(NAME [TIMEOUT seconds])
#
# Creates the executable NAME from tests/asyncio/NAME.cpp (Boost.Test, main() from
# tests/support) and the ctest NAME, which fails when it takes longer than TIMEOUT (60).
# The test writes which rows of asyncio's behaviour it checked into build/PRESET/conformance.
# NAME may name a folder: detail/inbox_test becomes the target detail_inbox_test.
function(add_asyncio_test name)
  cmake_parse_arguments(PARSE_ARGV 1 test "" "TIMEOUT" "")
  if(test_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "add_asyncio_test(${name}): unknown: ${test_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT test_TIMEOUT)
    set(test_TIMEOUT 60)
  endif()

  string(REPLACE "/" "_" target ${name})
  add_executable(${target} asyncio/${name}.cpp)
  target_link_libraries(${target} PRIVATE asyncio::asyncio test_support)
  if(ASYNCIO_QUICK_BUILD)
    target_precompile_headers(${target} REUSE_FROM precompiled_for_tests)
  endif()

  add_test(NAME ${target} COMMAND ${target} --color_output=no)
  set_tests_properties(${target} PROPERTIES
    TIMEOUT ${test_TIMEOUT}
    FIXTURES_SETUP conformance
    ENVIRONMENT CONFORMANCE=${PROJECT_BINARY_DIR}/conformance/${target}.txt)
endfunction()
