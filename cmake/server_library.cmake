# SPDX-License-Identifier: Apache-2.0
# keyhold::server, what a program with routes of its own links: the folders of src/ as one static library. Where Debian
# ships no CMake config for what it is made of, its users get the plain names.
set(folders base crypto net mail jose store domain http api oauth pages server cli)
list(TRANSFORM folders REPLACE "(.+)" "$<TARGET_OBJECTS:keyhold_\\1>" OUTPUT_VARIABLE objects)
add_library(keyhold_server_library STATIC ${objects})
target_compile_features(keyhold_server_library INTERFACE cxx_std_20)
target_include_directories(keyhold_server_library INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
target_link_libraries(keyhold_server_library INTERFACE
  $<BUILD_INTERFACE:keyhold_cli>
  $<INSTALL_INTERFACE:-Wl,--gc-sections>
  "$<INSTALL_INTERFACE:ssl;crypto;argon2;crypt;idn2;sodium;utf8proc;z;zxcvbn;sqlite3;fmt;${CMAKE_DL_LIBS};pthread>")
set_target_properties(keyhold_server_library PROPERTIES OUTPUT_NAME keyhold EXPORT_NAME server LINKER_LANGUAGE CXX)
add_library(keyhold::server ALIAS keyhold_server_library)
