# SPDX-License-Identifier: Apache-2.0
# The Python program that reads an application's settings (src/cli/tools/reader), as a text in the command.
set(reader "")
foreach(part dotenv evaluate find)
  set(file ${PROJECT_SOURCE_DIR}/src/cli/tools/reader/${part}.py)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  string(APPEND reader "${text}")
endforeach()
# A literal has an end that no Python contains; compilers promise 64 KiB of it.
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/cli/tools/reader_text.hpp @ONLY CONTENT [[
#pragma once
namespace keyhold::cli {
inline constexpr char reader_text[] = R"reader(@reader@)reader";
}  // namespace keyhold::cli
]])
target_include_directories(keyhold_cli PRIVATE ${PROJECT_BINARY_DIR}/generated)
