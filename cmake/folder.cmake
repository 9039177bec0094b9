# SPDX-License-Identifier: Apache-2.0
# keyhold_folder(NAME [COLD] [GROUPS n] [LINKS folder...] [EXTERNAL target...])
# makes the static library keyhold_NAME from the *.cpp of src and NAME. LINKS are the only
# other folders whose headers it may include. COLD: nothing in it computes enough to be worth the compiler's second
# level, which takes half as long again (docs/decisions/0106-files-in-groups.md). GROUPS: with KEYHOLD_GROUPS its files are compiled in so many groups, so
# that what they include is read and instantiated once for each group; 0 or none compiles each file by itself.
function(keyhold_folder NAME)
  cmake_parse_arguments(ARG "COLD" "GROUPS" "LINKS;EXTERNAL" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${NAME}/*.cpp
                                      ${PROJECT_SOURCE_DIR}/src/${NAME}/*/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main/main.cpp$")
  if(NOT sources)  # a folder of headers alone
    file(WRITE ${PROJECT_BINARY_DIR}/${NAME}.cpp "")
    set(sources ${PROJECT_BINARY_DIR}/${NAME}.cpp)
  endif()
  add_library(keyhold_${NAME} STATIC ${sources})
  target_include_directories(keyhold_${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  # A folder's headers that users of the library include stand in a folder of that name in include/keyhold; here they are its own all the same.
  target_include_directories(keyhold_${NAME} PUBLIC ${PROJECT_SOURCE_DIR}/include/keyhold)
  target_link_libraries(keyhold_${NAME} PRIVATE keyhold_flags)
  if(KEYHOLD_GROUPS AND ARG_GROUPS)
    keyhold_groups(keyhold_${NAME} ${ARG_GROUPS} "${sources}")
  endif()
  foreach(link IN LISTS ARG_LINKS)
    target_link_libraries(keyhold_${NAME} PUBLIC keyhold_${link})
  endforeach()
  target_link_libraries(keyhold_${NAME} PUBLIC ${ARG_EXTERNAL})
  if(ARG_COLD AND CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(keyhold_${NAME} PRIVATE -Og)
  endif()
  if(KEYHOLD_PRECOMPILE AND NAME STREQUAL "base")
    target_precompile_headers(keyhold_base PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
  elseif(KEYHOLD_PRECOMPILE)
    target_precompile_headers(keyhold_${NAME} REUSE_FROM keyhold_base)
  endif()
endfunction()

# A file's group follows from its own path alone: a new file changes one group, and two files of a group that give
# something of their own the same name are told of by the compiler, which names both.
function(keyhold_groups TARGET COUNT SOURCES)
  set_target_properties(${TARGET} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  foreach(source IN LISTS SOURCES)
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR}/src ${source})
    string(MD5 digest ${path})
    string(SUBSTRING ${digest} 0 7 digest)
    math(EXPR group "0x${digest} % ${COUNT}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
endfunction()
