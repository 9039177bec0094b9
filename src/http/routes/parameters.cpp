// SPDX-License-Identifier: Apache-2.0
#include "http/parameters.hpp"

namespace keyhold::http {

// After decoding a segment may hold a '/', which was sent as "%2F": it is data then and no border.
std::optional<std::string> decode_segment(std::string_view segment) {
    auto text = decode_path(segment);
    if (!text || !is_utf8(*text)) return std::nullopt;
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::any_of(text->begin(), text->end(), is_control)) return std::nullopt;
    return text;
}

Result<FormFields> read_query(std::string_view query) {
    auto fields = parse_form(query);
    if (fields) return Result<FormFields>(*std::move(fields));
    return Error(errors::validation_failed,
                 std::vector<FieldError>{{"value_error", {"query"}, "The query is not well encoded", {}}});
}

}  // namespace keyhold::http
