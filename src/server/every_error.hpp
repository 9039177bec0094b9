// SPDX-License-Identifier: Apache-2.0
// Every refusal that the program knows, of all layers: for documents and tests. Made of the headers
// (cmake/errors.cmake).
#pragma once

#include <span>

#include "base/errors.hpp"

namespace keyhold::server {

std::span<const Errc> every_error();

}  // namespace keyhold::server
