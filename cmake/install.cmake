# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` copies: one component each of find_package(keyhold CONFIG COMPONENTS ...), of
# `cmake --install --component` and of pkg-config.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(keyhold_package ${CMAKE_INSTALL_LIBDIR}/cmake/keyhold)

# keyhold_component(NAME DESCRIPTION text TARGETS target... [STATIC target...] HEADERS file... [REQUIRES_PRIVATE module...]
#                   [LIBRARY name] [LIBS_PRIVATE flags])
# STATIC: what needs other packages' CMake targets to be linked; cmake/keyhold-config.cmake.in finds those.
function(keyhold_component NAME)
  cmake_parse_arguments(ARG "" "DESCRIPTION;LIBRARY;LIBS_PRIVATE" "TARGETS;STATIC;HEADERS;REQUIRES_PRIVATE" ${ARGN})
  foreach(part TARGETS STATIC)
    if(NOT ARG_${part})
      continue()
    endif()
    string(TOLOWER "keyhold-${NAME}-${part}" export)
    install(TARGETS ${ARG_${part}} EXPORT ${export}
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${NAME} NAMELINK_COMPONENT ${NAME}-dev
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${NAME}-dev
      INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    install(EXPORT ${export} NAMESPACE keyhold:: DESTINATION ${keyhold_package} COMPONENT ${NAME}-dev)
  endforeach()
  foreach(header IN LISTS ARG_HEADERS)
    get_filename_component(folder ${header} DIRECTORY)
    install(FILES ${PROJECT_SOURCE_DIR}/include/keyhold/${header}
      DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/keyhold/${folder} COMPONENT ${NAME}-dev)
  endforeach()
  list(JOIN ARG_REQUIRES_PRIVATE ", " requires)
  set(name ${NAME})
  set(library keyhold-${NAME})
  if(ARG_LIBRARY)
    set(library ${ARG_LIBRARY})
  endif()
  set(libs_private ${ARG_LIBS_PRIVATE})
  set(description ${ARG_DESCRIPTION})
  # Where it lies is known when it is read, and not before: `cmake --install --prefix` may put all of it elsewhere.
  file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/keyhold.pc.in ${PROJECT_BINARY_DIR}/keyhold-${NAME}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/keyhold-${NAME}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ${NAME}-dev)
endfunction()

keyhold_component(guard
  DESCRIPTION "Protect the routes of any C++ server: verify bearer tokens, follow their issuer's keys"
  TARGETS keyhold_guard_shared keyhold_httplib keyhold_beast
  STATIC keyhold_guard_static
  HEADERS export.hpp verify.hpp guard.hpp httplib.hpp beast.hpp
  REQUIRES_PRIVATE libcrypto libcurl libsodium)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/keyhold-config.cmake.in
  ${PROJECT_BINARY_DIR}/keyhold-config.cmake INSTALL_DESTINATION ${keyhold_package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/keyhold-config-version.cmake COMPATIBILITY SameMinorVersion)
foreach(component guard-dev server-dev)
  install(FILES ${PROJECT_BINARY_DIR}/keyhold-config.cmake ${PROJECT_BINARY_DIR}/keyhold-config-version.cmake
    DESTINATION ${keyhold_package} COMPONENT ${component})
endforeach()
