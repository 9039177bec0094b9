# SPDX-License-Identifier: Apache-2.0
# Compiler flags of every target. The developers' presets make warnings errors (CMAKE_COMPILE_WARNING_AS_ERROR): another
# compiler, or another optimisation level, warns of something else, and whoever only builds must not be stopped by that.
add_library(keyhold_flags INTERFACE)
target_compile_options(keyhold_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2
  -Wno-missing-field-initializers  # {.allow = x} means: the rest as the type says
  $<$<CXX_COMPILER_ID:Clang>:-Wno-unused-const-variable>  # it does not see that a template reads a struct's schema_name
  # g++ collects its own garbage, over and over, from 128 MiB on: an eighth of the time of a group of files. None of ours
  # comes to 1 GiB, where it begins now (its largest group took 730 MB of memory before, 830 MB since).
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=1048576>)

# What g++ 12 says falsely of std::string and std::optional where it optimizes, and of files that are compiled in groups, in which one file's
# own names are another's globals. The preset dev, which does neither, has these warnings.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(keyhold_flags INTERFACE -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(KEYHOLD_GROUPS)
  target_compile_options(keyhold_flags INTERFACE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

if(KEYHOLD_SANITIZE)
  target_compile_options(keyhold_flags INTERFACE
    -fsanitize=${KEYHOLD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(keyhold_flags INTERFACE -fsanitize=${KEYHOLD_SANITIZE})
  if(KEYHOLD_SANITIZE STREQUAL "thread")
    target_compile_options(keyhold_flags INTERFACE -Wno-tsan)  # Asio's fences are not seen; its locks are
  endif()
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  # What Debian's own hardening asks for; readelf shows PIE, RELRO, canaries and FORTIFY.
  target_compile_options(keyhold_flags INTERFACE
    -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -D_GLIBCXX_ASSERTIONS
    -fstack-protector-strong -fstack-clash-protection -fcf-protection)
  target_link_options(keyhold_flags INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed)
  # Nothing says where it was built, so that the same source gives the same bits in any folder (assembler takes it too).
  target_compile_options(keyhold_flags INTERFACE -ffile-prefix-map=${PROJECT_SOURCE_DIR}=. -ffile-prefix-map=${PROJECT_BINARY_DIR}=.)
  # What nobody calls is left out: half a megabyte less of resident text.
  target_compile_options(keyhold_flags INTERFACE -ffunction-sections -fdata-sections -fvisibility-inlines-hidden)
  target_link_options(keyhold_flags INTERFACE -Wl,--gc-sections)
endif()
