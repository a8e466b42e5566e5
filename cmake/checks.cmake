# Targets, for the top-level project only: `format` rewrites our sources in the style of
# .clang-format, `format-check` fails where that would change something; `tidy` fails where clang-tidy
# finds something in the library.
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

foreach(target IN ITEMS format format-check)
  add_custom_target(${target}
    COMMAND ${PROJECT_SOURCE_DIR}/cmake/format.sh ${target}
    VERBATIM USES_TERMINAL)
endforeach()
add_custom_target(tidy
  COMMAND ${PROJECT_SOURCE_DIR}/cmake/tidy.sh
  VERBATIM USES_TERMINAL)
