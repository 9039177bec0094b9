# keyhold_folder(NAME [LINKS folder...] [EXTERNAL target...])
# makes the static library keyhold_NAME from src/NAME/*.cpp. LINKS are the only
# other folders whose headers it may include.
function(keyhold_folder NAME)
  cmake_parse_arguments(ARG "" "" "LINKS;EXTERNAL" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${NAME}/*.cpp
                                      ${CMAKE_SOURCE_DIR}/src/${NAME}/*/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main/main.cpp$")
  if(NOT sources)  # a folder of headers alone
    file(WRITE ${CMAKE_BINARY_DIR}/${NAME}.cpp "")
    set(sources ${CMAKE_BINARY_DIR}/${NAME}.cpp)
  endif()
  add_library(keyhold_${NAME} STATIC ${sources})
  target_include_directories(keyhold_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(keyhold_${NAME} PRIVATE keyhold_flags)
  foreach(link IN LISTS ARG_LINKS)
    target_link_libraries(keyhold_${NAME} PUBLIC keyhold_${link})
  endforeach()
  target_link_libraries(keyhold_${NAME} PUBLIC ${ARG_EXTERNAL})
endfunction()
