# SPDX-License-Identifier: Apache-2.0
# `cmake --build . --target sbom` writes keyhold.cdx.json: what the program is made of (CycloneDX).
set(sbom ${PROJECT_BINARY_DIR}/keyhold.cdx.json)
add_custom_command(
  OUTPUT ${sbom}
  COMMAND ${KEYHOLD_NODE} ${PROJECT_SOURCE_DIR}/cmake/sbom.mjs ${PROJECT_VERSION} ${PROJECT_SOURCE_DIR} ${sbom}
  DEPENDS ${PROJECT_SOURCE_DIR}/cmake/sbom.mjs ${PROJECT_SOURCE_DIR}/packaging/debian-packages.txt
          ${PROJECT_SOURCE_DIR}/web/package-lock.json
  VERBATIM)
add_custom_target(sbom DEPENDS ${sbom})
