// SPDX-License-Identifier: Apache-2.0
// What fields and routes of ours mean that say nothing of themselves, for the OpenAPI document. One name means the same
// everywhere (docs/style.md), so it is said once.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "http/openapi.hpp"

namespace keyhold::api {

// Empty if the name is none of ours.
std::string_view words_of_field(std::string_view name);

// The operations, with a description for each field, parameter and operation of ours that has none of its own. What a
// program has declared itself stays as it is.
std::vector<http::Operation> described(std::span<const http::Operation* const> operations);

}  // namespace keyhold::api
