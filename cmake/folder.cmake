# SPDX-License-Identifier: Apache-2.0
# keyhold_folder(NAME [COLD] [GROUPS n] [LINKS folder...] [EXTERNAL target...])
# makes the static library keyhold_NAME from the *.cpp of src and NAME. LINKS are the only
# other folders whose headers it may include. COLD: nothing in it computes enough to be worth the compiler's second
# level, which takes a fifth longer (docs/decisions/0106-files-in-groups.md). GROUPS: with KEYHOLD_GROUPS its files are compiled in so many groups, so
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
  set(level HOT)
  if(ARG_COLD AND CMAKE_BUILD_TYPE STREQUAL "Release")
    set(level COLD)
    target_compile_options(keyhold_${NAME} PRIVATE -O1)
  endif()
  if(KEYHOLD_PRECOMPILE)
    keyhold_precompile(keyhold_${NAME} ${level})
  endif()
endfunction()

# One precompiled header for each level: g++ takes the level of the header that it reads, whatever the command line says
# (-Og beside a header of -O2 gave the code of -O2, and took its time). The first target of a level makes the header.
function(keyhold_precompile TARGET LEVEL)
  get_property(owner GLOBAL PROPERTY keyhold_precompiled_${LEVEL})
  if(owner)
    target_precompile_headers(${TARGET} REUSE_FROM ${owner})
  else()
    set_property(GLOBAL PROPERTY keyhold_precompiled_${LEVEL} ${TARGET})
    target_precompile_headers(${TARGET} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled.hpp)
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
