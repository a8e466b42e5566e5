# Installs the library so that find_package(asyncio CONFIG) gives asyncio::asyncio, the target
# that add_subdirectory gives too.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/asyncio)
list(JOIN ASYNCIO_BOOST_COMPONENTS " " boost_components_for_users)

install(TARGETS asyncio EXPORT asyncio-targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/src/asyncio
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT asyncio-targets NAMESPACE asyncio:: DESTINATION ${package_dir})

configure_package_config_file(
  ${PROJECT_SOURCE_DIR}/cmake/asyncio-config.cmake.in
  ${PROJECT_BINARY_DIR}/asyncio-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/asyncio-config-version.cmake
  COMPATIBILITY SameMinorVersion) # before 1.0 a minor version may break its users
install(FILES
  ${PROJECT_BINARY_DIR}/asyncio-config.cmake
  ${PROJECT_BINARY_DIR}/asyncio-config-version.cmake
  DESTINATION ${package_dir})
