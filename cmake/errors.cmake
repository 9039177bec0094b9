# SPDX-License-Identifier: Apache-2.0
# The names of all refusals, found in the headers that declare them, for src/server/every_error.cpp. Included by the build
# it says how the list is made; run by itself (cmake -DROOT=... -DLIST=... -P) it makes it.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(list ${PROJECT_BINARY_DIR}/generated/server/every_error.inc)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/*.hpp ${PROJECT_SOURCE_DIR}/include/keyhold/*.hpp)
  add_custom_command(
    OUTPUT ${list}
    COMMAND ${CMAKE_COMMAND} -DROOT=${PROJECT_SOURCE_DIR} -DLIST=${list} -P ${PROJECT_SOURCE_DIR}/cmake/errors.cmake
    DEPENDS ${headers} ${PROJECT_SOURCE_DIR}/cmake/errors.cmake
    COMMENT "Listing the refusals"
    VERBATIM)
  add_custom_target(keyhold_errors DEPENDS ${list})
  add_dependencies(keyhold_server keyhold_errors)
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/server/every_error.cpp PROPERTIES OBJECT_DEPENDS ${list})
  target_include_directories(keyhold_server PRIVATE ${PROJECT_BINARY_DIR}/generated)
  return()
endif()

file(GLOB_RECURSE headers ${ROOT}/src/*.hpp ${ROOT}/include/keyhold/*.hpp)
list(SORT headers)
set(names "")
foreach(header IN LISTS headers)
  file(STRINGS ${header} rows REGEX "^ *inline constexpr ErrorRow [a-z0-9_]+")
  foreach(row IN LISTS rows)
    string(REGEX REPLACE "^ *inline constexpr ErrorRow ([a-z0-9_]+).*" "\\1" name "${row}")
    string(APPEND names "${name},\n")
  endforeach()
endforeach()
file(CONFIGURE OUTPUT ${LIST} CONTENT "${names}" @ONLY)  # writes only what has changed
