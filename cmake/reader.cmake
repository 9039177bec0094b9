# SPDX-License-Identifier: Apache-2.0
# The Python program that reads an application's settings (src/cli/adoption/reader), as texts in the command: its parts, which
# are one program behind each other.
set(reader "")
foreach(part dotenv node_env compose environment modules setters fields functions files variables frameworks evaluate kinds libraries makers tokens rest_framework databases places users gives models inserts registration hashing flask node_tokens node_types node_code node_calls node_names node_functions node_imports node_statements node_files node_signing node find doctor main)
  set(file ${PROJECT_SOURCE_DIR}/src/cli/adoption/reader/${part}.py)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} text)
  # A literal has an end that no Python contains; compilers promise 64 KiB of it.
  string(APPEND reader "R\"reader(${text})reader\",\n")
endforeach()
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/cli/adoption/reader_text.hpp @ONLY CONTENT [[
#pragma once
#include <string_view>
namespace keyhold::cli {
inline constexpr std::string_view reader_texts[] = {
@reader@};
}  // namespace keyhold::cli
]])
target_include_directories(keyhold_cli PRIVATE ${PROJECT_BINARY_DIR}/generated)
