// SPDX-License-Identifier: Apache-2.0
#include "http/parameters.hpp"

#include "base/text.hpp"

namespace keyhold::http {

// After decoding a segment may hold a '/', which was sent as "%2F": it is data then and no border.
std::optional<std::string> decode_segment(std::string_view segment) {
    auto text = decode_path(segment);
    if (!text || !is_utf8(*text)) return std::nullopt;
    if (has_ascii_control(*text)) return std::nullopt;
    return text;
}

Result<FormFields> read_query(std::string_view query) {
    auto fields = parse_form(query);
    if (fields) return Result<FormFields>(*std::move(fields));
    return Error(errors::validation_failed,
                 std::vector<FieldError>{{"value_error", {"query"}, "The query is not well encoded", {}}});
}

}  // namespace keyhold::http
