# cmake -DPROGRAM= -DARGS= -DSOURCE= -DREAL_TIME= -DUNORDERED= -DMASK= -DEXIT_STATUS= -DINPUT_FILE=
#   -P compare_output.cmake
#
# Runs PROGRAM, which reads INPUT_FILE if there is one, and compares its stdout with the lines
# after `// | ` at the end of SOURCE; twice in virtual time, where every run has to be the same.
# A line that ends with a blank is written with a $ behind it.
cmake_minimum_required(VERSION 3.25)

file(READ ${SOURCE} source)
if(NOT source MATCHES "((\n// \\|[^\n]*)+)\n*$")
  message(FATAL_ERROR "${SOURCE} does not end with the lines it prints, as `// | ` comments")
endif()
string(REGEX REPLACE "\n// \\| ?" "\n" expected "${CMAKE_MATCH_1}\n")
if(expected MATCHES "\n\\.\\.\\.\n")
  message(FATAL_ERROR "${SOURCE}: `// | ...` is not a line it prints: write every line out")
endif()
string(REPLACE " $\n" " \n" expected "${expected}")
string(SUBSTRING "${expected}" 1 -1 expected) # the line break before the first line

# Lines as a sorted list; characters that mean something in a list are put aside first.
function(sort_lines variable)
  set(lines "${${variable}}")
  foreach(character IN ITEMS "\\" "[" "]" ";")
    string(HEX "${character}" code)
    string(REPLACE "${character}" "<${code}>" lines "${lines}")
  endforeach()
  string(REPLACE "\n" ";" lines "${lines}")
  list(SORT lines)
  list(JOIN lines "\n" lines)
  set(${variable} "${lines}" PARENT_SCOPE)
endfunction()

foreach(name IN ITEMS CLOCK SPEED SEED DEBUG LOG TRACE TIMELINE ELAPSED)
  unset(ENV{ASYNCIO_${name}})
endforeach()
set(runs 1)
if(NOT REAL_TIME)
  set(ENV{ASYNCIO_CLOCK} virtual)
  set(runs 1 2)
endif()
if(EXIT_STATUS STREQUAL "")
  set(EXIT_STATUS 0)
endif()
if(NOT INPUT_FILE)
  set(INPUT_FILE /dev/null) # nobody is there to type
endif()

foreach(run IN LISTS runs)
  execute_process(COMMAND ${PROGRAM} ${ARGS} INPUT_FILE ${INPUT_FILE}
    OUTPUT_VARIABLE printed ERROR_VARIABLE complaints RESULT_VARIABLE status)

  set(expected_lines "${expected}")
  set(printed_lines "${printed}")
  if(NOT MASK STREQUAL "")
    string(REGEX REPLACE "${MASK}" "*" expected_lines "${expected_lines}")
    string(REGEX REPLACE "${MASK}" "*" printed_lines "${printed_lines}")
  endif()
  if(UNORDERED)
    sort_lines(expected_lines)
    sort_lines(printed_lines)
  endif()
  set(problem "")
  if(NOT status STREQUAL EXIT_STATUS)
    set(problem "exit status ${status} instead of ${EXIT_STATUS}")
  elseif(NOT printed_lines STREQUAL expected_lines)
    set(problem "it prints something else")
  endif()
  if(problem)
    message("--- expected (${SOURCE})\n${expected}--- printed\n${printed}--- stderr\n${complaints}---")
    message(FATAL_ERROR "run ${run}: ${problem}")
  endif()
endforeach()
