# add_debugger_test(NAME PROGRAM [SCRIPT name])
#
# Creates the ctest debugger.NAME, which runs SCRIPT_test.py (SCRIPT is NAME by default) of the current folder inside gdb, with the
# executable PROGRAM; it is skipped where there is no gdb that knows Python.
find_program(GDB gdb)
mark_as_advanced(GDB)

function(add_debugger_test name program)
  cmake_parse_arguments(PARSE_ARGV 2 test "" "SCRIPT" "")
  if(NOT test_SCRIPT)
    set(test_SCRIPT ${name})
  endif()
  add_test(NAME debugger.${name}
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/run.sh "${GDB}"
      ${CMAKE_CURRENT_SOURCE_DIR}/${test_SCRIPT}_test.py $<TARGET_FILE:${program}>)
  set_tests_properties(debugger.${name} PROPERTIES TIMEOUT 60 SKIP_RETURN_CODE 77)
endfunction()
