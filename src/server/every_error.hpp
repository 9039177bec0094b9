// SPDX-License-Identifier: Apache-2.0
// Every refusal that the program knows, of all layers: for documents and tests. A test of the tree compares the list
// with the headers (tests/test_error_rows.py).
#pragma once

#include <span>

#include "base/errors.hpp"

namespace keyhold::server {

std::span<const Errc> every_error();

}  // namespace keyhold::server
