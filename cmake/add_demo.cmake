# add_demo(NAME [SUMMARY "..."] [SECONDS 2.5] [REAL_TIME] [UNORDERED] [MASK regex]
#          [EXIT_STATUS n] [ARGS ...] [TEST_ARGS ...] [INPUT line ...])
#
# Creates, from NAME.cpp in the current folder:
#   NAME         the executable bin/NAME, linked with asyncio::asyncio
#   run-NAME     a target that runs it
#   debug-NAME   a target that opens it in gdb at its first coroutine, as cmake/debug.sh does
#   demo.NAME    a ctest that compares its stdout with the lines after `// | ` at the end of
#                NAME.cpp, in virtual time
#   a row in the table of lessons, which the tour reads
#
# SUMMARY      one line; by default the file's first comment: `// NAME: the summary.`
# SECONDS      how long the notebook's program takes
# REAL_TIME    the program does not know virtual time, or is about real time
# UNORDERED    its lines may come in any order
# MASK         what matches counts as equal: a figure, a thread's number
# EXIT_STATUS  what the program returns when all is well, 0 by default
# ARGS         arguments that it is always run with
# TEST_ARGS    arguments that its test adds to those
# INPUT        what it reads, line by line, in its test and in the tour; where it is run by
#              hand that's typed
function(add_demo name)
  cmake_parse_arguments(PARSE_ARGV 1 demo
    "REAL_TIME;UNORDERED" "SUMMARY;SECONDS;MASK;EXIT_STATUS" "ARGS;TEST_ARGS;INPUT")
  if(demo_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "add_demo(${name}): unknown: ${demo_UNPARSED_ARGUMENTS}")
  endif()
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${name}.cpp)
  if(NOT demo_SUMMARY)
    _demo_summary(${name} ${source} demo_SUMMARY)
  endif()

  add_executable(${name} ${name}.cpp)
  target_link_libraries(${name} PRIVATE asyncio::asyncio demo_support asyncio_build_options)
  set_target_properties(${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

  add_custom_target(run-${name} COMMAND ${name} ${demo_ARGS} VERBATIM USES_TERMINAL)
  add_custom_target(debug-${name}
    COMMAND gdb -q -x ${PROJECT_SOURCE_DIR}/src/debugger/asyncio_gdb.py -ex "async start"
      --args $<TARGET_FILE:${name}> ${demo_ARGS}
    VERBATIM USES_TERMINAL)
  add_dependencies(debug-${name} ${name})

  set(input_file "")
  if(DEFINED demo_INPUT)
    list(JOIN demo_INPUT "\n" input)
    set(input_file ${CMAKE_CURRENT_BINARY_DIR}/${name}.input)
    file(WRITE ${input_file} "${input}\n")
  endif()
  if(ASYNCIO_BUILD_TESTS)
    add_test(NAME demo.${name} COMMAND ${CMAKE_COMMAND}
      "-DPROGRAM=$<TARGET_FILE:${name}>" "-DARGS=${demo_ARGS};${demo_TEST_ARGS}" -DSOURCE=${source}
      -DREAL_TIME=${demo_REAL_TIME} -DUNORDERED=${demo_UNORDERED} "-DMASK=${demo_MASK}"
      "-DEXIT_STATUS=${demo_EXIT_STATUS}" "-DINPUT_FILE=${input_file}"
      -P ${PROJECT_SOURCE_DIR}/cmake/compare_output.cmake)
    set_tests_properties(demo.${name} PROPERTIES TIMEOUT 60)
  endif()

  _add_lesson_row()
endfunction()

# write_lessons(FILE): generates FILE, which defines the table that src/tour/lessons.hpp
# declares, from the rows of every add_demo() so far.
function(write_lessons file)
  get_property(lesson_rows GLOBAL PROPERTY ASYNCIO_LESSON_ROWS)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/lessons.cpp.in ${file} @ONLY)
endfunction()

function(_demo_summary name source result)
  file(STRINGS ${source} first_line LIMIT_COUNT 1 ENCODING UTF-8)
  if(NOT first_line MATCHES "^// ${name}: (.+)$")
    message(FATAL_ERROR "add_demo(${name}): ${source} has to begin with `// ${name}: a summary.`")
  endif()
  string(REPLACE "\\;" ";" summary "${CMAKE_MATCH_1}") # file(STRINGS) escapes it
  set(${result} "${summary}" PARENT_SCOPE)
  # An edited summary has to reach the table of lessons.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
endfunction()

# Reads add_demo()'s variables.
macro(_add_lesson_row)
  set(row_seconds std::nullopt)
  if(demo_SECONDS)
    set(row_seconds ${demo_SECONDS})
  endif()
  set(row_knows_virtual_time true)
  if(demo_REAL_TIME)
    set(row_knows_virtual_time false)
  endif()
  set(row_exit_status 0)
  if(demo_EXIT_STATUS)
    set(row_exit_status ${demo_EXIT_STATUS})
  endif()
  set(row_arguments "")
  foreach(argument IN LISTS demo_ARGS)
    string(APPEND row_arguments "R\"_(${argument})_\", ")
  endforeach()
  set(row_input std::nullopt)
  if(DEFINED demo_INPUT)
    set(row_input "R\"_(${input}\n)_\"")
  endif()
  set_property(GLOBAL APPEND_STRING PROPERTY ASYNCIO_LESSON_ROWS
    "    {\"${name}\", R\"_(${demo_SUMMARY})_\", {${row_arguments}}, ${row_seconds}, \
${row_knows_virtual_time}, ${row_exit_status}, ${row_input}},\n")
endmacro()
