#include "base/integer.hpp"
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
        const auto limit = parse_integer<int>(value);
        if (!limit || *limit < 1 || *limit > Page::most)
            return wrong("limit", "Input should be a whole number from 1 to 1000");
        page.limit = *limit;
    }
    return page;
}

}  // namespace keyhold::http
