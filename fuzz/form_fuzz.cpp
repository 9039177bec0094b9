// Forms, paths and cookies: nothing that is read lies outside what was sent.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/cookies.hpp"
#include "http/form.hpp"

using namespace keyhold;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto pairs = http::parse_form(text)) {
        std::size_t total = 0;
        for (const auto& [name, value] : *pairs) total += name.size() + value.size();
        if (total > text.size()) std::abort();
    }
    if (const auto path = http::decode_path(text); path && path->size() > text.size()) std::abort();

    const http::Field field{"Cookie", text};
    http::Request request;
    request.fields = {&field, 1};
    if (const auto value = api::find_cookie(request, api::access_cookie); value && !value->empty()) {
        if (value->data() < text.data() || value->data() + value->size() > text.data() + text.size()) std::abort();
        if (value->find(';') != value->npos) std::abort();
    }
    (void)api::refuse_other_sites(request);
    return 0;
}
