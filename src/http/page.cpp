#include <charconv>

#include "http/extract.hpp"

namespace keyhold::http {

Result<Page> read_page(std::string_view query) {
    const auto wrong = [](const char* name, const char* why) {
        return Error(Errc::validation_failed, std::vector<FieldError>{{"value_error", {"query", name}, why, {}}});
    };
    const auto pairs = parse_form(query);
    if (!pairs) return wrong("cursor", "The query is not well encoded");
    Page page;
    for (const auto& [name, value] : *pairs) {
        if (name == "cursor") page.cursor = value;
        if (name != "limit") continue;
        const auto [end, ec] = std::from_chars(value.data(), value.data() + value.size(), page.limit);
        if (ec != std::errc() || end != value.data() + value.size() || page.limit < 1 || page.limit > Page::most)
            return wrong("limit", "Input should be a whole number from 1 to 1000");
    }
    return page;
}

}  // namespace keyhold::http
