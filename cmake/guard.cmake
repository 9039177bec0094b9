# SPDX-License-Identifier: Apache-2.0
# keyhold::guard, what a program with a server of its own links: static, and shared where it is installed or
# BUILD_SHARED_LIBS asks for it. Compiled once, for both: everything is hidden but what include/keyhold/export.hpp marks.
file(GLOB guard_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/guard/*.cpp ${PROJECT_SOURCE_DIR}/src/net/*.cpp
                                          ${PROJECT_SOURCE_DIR}/src/jose/*.cpp)
list(FILTER guard_sources EXCLUDE REGEX "/smtp_[a-z_]+.cpp$")  # it sends no mail
foreach(source base/base64url base/ip_address base/json base/json_write base/percent_encoding base/result crypto/digest crypto/equal crypto/mac crypto/pkey crypto/public_key_text
               crypto/random crypto/signature)
  list(APPEND guard_sources ${PROJECT_SOURCE_DIR}/src/${source}.cpp)
endforeach()

add_library(keyhold_guard_objects OBJECT ${guard_sources})
target_include_directories(keyhold_guard_objects PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include/keyhold ${PROJECT_SOURCE_DIR}/include)
target_include_directories(keyhold_guard_objects SYSTEM PRIVATE ${KEYHOLD_sodium_INCLUDE} ${CURL_INCLUDE_DIRS}
                                                               ${OPENSSL_INCLUDE_DIR})
target_compile_definitions(keyhold_guard_objects PRIVATE KEYHOLD_LIBCURL_IS_LINKED)
target_link_libraries(keyhold_guard_objects PRIVATE keyhold_flags)
set_target_properties(keyhold_guard_objects PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
  VISIBILITY_INLINES_HIDDEN ON INTERPROCEDURAL_OPTIMIZATION OFF EXCLUDE_FROM_ALL ON)

# What the library is called by programs that link it. It counts up where a program that was compiled against the release
# before would not run: tests/data/guard_abi.txt has names and layouts, a test compares them.
set(guard_abi 2)

# keyhold_guard_library(KIND): keyhold_guard_static or keyhold_guard_shared.
function(keyhold_guard_library KIND)
  string(TOUPPER ${KIND} type)
  set(target keyhold_guard_${KIND})
  add_library(${target} ${type} $<TARGET_OBJECTS:keyhold_guard_objects>)
  target_include_directories(${target} INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  target_compile_features(${target} INTERFACE cxx_std_20)
  target_link_libraries(${target} PRIVATE OpenSSL::Crypto CURL::libcurl Threads::Threads
    $<BUILD_INTERFACE:${KEYHOLD_sodium_LIBRARY}> $<INSTALL_INTERFACE:sodium>)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME keyhold-guard LINKER_LANGUAGE CXX
    VERSION ${guard_abi}.${PROJECT_VERSION} SOVERSION ${guard_abi} INTERPROCEDURAL_OPTIMIZATION OFF)
endfunction()

keyhold_guard_library(static)
add_library(keyhold::guard_static ALIAS keyhold_guard_static)
set_target_properties(keyhold_guard_static PROPERTIES EXPORT_NAME guard_static)
if(KEYHOLD_INSTALL OR BUILD_SHARED_LIBS)
  keyhold_guard_library(shared)
  set_target_properties(keyhold_guard_shared PROPERTIES EXPORT_NAME guard
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/guard.map)
  # The standard library's templates, which would be visible otherwise, are hidden by the list of names.
  target_link_options(keyhold_guard_shared PRIVATE -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/guard.map
    -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed,--gc-sections)
  if(KEYHOLD_SANITIZE)
    target_link_options(keyhold_guard_shared PRIVATE -fsanitize=${KEYHOLD_SANITIZE})
  else()
    target_link_options(keyhold_guard_shared PRIVATE -Wl,-z,defs)
  endif()
endif()
if(BUILD_SHARED_LIBS)
  set(guard keyhold_guard_shared)
else()
  set(guard keyhold_guard_static)
endif()
add_library(keyhold::guard ALIAS ${guard})

# Headers alone, for those who have the framework: each is the guard and one file (include/keyhold).
foreach(framework httplib beast)
  add_library(keyhold_${framework} INTERFACE)
  target_link_libraries(keyhold_${framework} INTERFACE
    $<BUILD_INTERFACE:${guard}> $<INSTALL_INTERFACE:keyhold_guard_shared>)
  set_target_properties(keyhold_${framework} PROPERTIES EXPORT_NAME ${framework})
  add_library(keyhold::${framework} ALIAS keyhold_${framework})
endforeach()
