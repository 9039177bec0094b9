// SPDX-License-Identifier: Apache-2.0
// application/x-www-form-urlencoded (WHATWG URL §5.1), for bodies and query strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keyhold::http {

// "%41+b" -> "A b". Empty if an escape is not two hex digits.
std::optional<std::string> decode_form_text(std::string_view text);

// "%41+b" -> "A+b": a path keeps its plus signs. Empty if an escape is not two hex digits.
std::optional<std::string> decode_path(std::string_view text);

// The pairs in their order. Empty if an escape is malformed.
// Names and values are decoded and may be any bytes; a name that comes twice stands there twice.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_form(std::string_view text);

}  // namespace keyhold::http
