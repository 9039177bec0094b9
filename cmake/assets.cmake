# SPDX-License-Identifier: Apache-2.0
# The pages of /docs and /redoc, from npm, embedded at build time as assembler (.incbin), which takes no time, and the
# templates of our own pages. src/http/routes/assets.hpp and src/pages/render.hpp are how the server sees them.
enable_language(ASM)
find_program(KEYHOLD_NODE node REQUIRED)
set(web ${PROJECT_SOURCE_DIR}/web)
set(made ${PROJECT_BINARY_DIR}/assets)

file(GLOB pages CONFIGURE_DEPENDS ${web}/*.html ${web}/*.js ${web}/*.css ${web}/*.svg
     ${web}/pages/*.* ${web}/pages/admin/* ${web}/texts/*.txt ${web}/texts/*/*.txt)
add_custom_command(
  OUTPUT ${made}/assets.S ${made}/assets_table.inc ${made}/templates_table.inc ${made}/page_assets.inc
  COMMAND ${PROJECT_SOURCE_DIR}/packaging/npm-install ${web}
  COMMAND ${KEYHOLD_NODE} ${PROJECT_SOURCE_DIR}/cmake/embed_assets.mjs ${web} ${made}
  DEPENDS ${web}/package-lock.json ${PROJECT_SOURCE_DIR}/cmake/embed_assets.mjs ${pages}
  COMMENT "Embedding the pages of /docs and /redoc (npm brings them the first time: about 4 s)"
  VERBATIM)
add_custom_target(keyhold_assets
  DEPENDS ${made}/assets.S ${made}/assets_table.inc ${made}/templates_table.inc ${made}/page_assets.inc)

# src/http/routes/assets.cpp names the bytes; it is one more source of its folder.
set_source_files_properties(${made}/assets.S ${PROJECT_SOURCE_DIR}/src/http/routes/assets.cpp
  PROPERTIES OBJECT_DEPENDS ${made}/assets_table.inc)
target_sources(keyhold_http PRIVATE ${made}/assets.S)
target_include_directories(keyhold_http PRIVATE ${made})
add_dependencies(keyhold_http keyhold_assets)

set_source_files_properties(${PROJECT_SOURCE_DIR}/src/pages/render.cpp
  PROPERTIES OBJECT_DEPENDS ${made}/templates_table.inc)
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/pages/frame.cpp
  PROPERTIES OBJECT_DEPENDS ${made}/page_assets.inc)
target_include_directories(keyhold_pages PRIVATE ${made})
add_dependencies(keyhold_pages keyhold_assets)

# The texts of mails: src/mail/texts.cpp.
file(GLOB mails CONFIGURE_DEPENDS ${web}/mails/*)
add_custom_command(
  OUTPUT ${made}/mails_table.inc
  COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
  COMMAND ${KEYHOLD_NODE} ${PROJECT_SOURCE_DIR}/cmake/embed_mails.mjs ${web}/mails ${made}
  DEPENDS ${PROJECT_SOURCE_DIR}/cmake/embed_mails.mjs ${mails}
  COMMENT "Embedding the texts of mails"
  VERBATIM)
add_custom_target(keyhold_mail_texts DEPENDS ${made}/mails_table.inc)
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/mail/texts.cpp PROPERTIES OBJECT_DEPENDS ${made}/mails_table.inc)
target_include_directories(keyhold_mail PRIVATE ${made})
add_dependencies(keyhold_mail keyhold_mail_texts)
