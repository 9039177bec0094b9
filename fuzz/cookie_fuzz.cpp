// SPDX-License-Identifier: Apache-2.0
// Whatever stands in Cookie, Origin and Host: a cookie's value lies within what was sent, and no page of another site
// is taken for ours.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/cookies.hpp"

using namespace keyhold;

namespace {

void check_cookie(std::string_view text) {
    const http::Field field{"Cookie", text};
    http::Request request;
    request.fields = {&field, 1};
    const auto value = api::find_cookie(request, api::access_cookie);
    if (!value || value->empty()) return;
    if (value->data() < text.data() || value->data() + value->size() > text.data() + text.size()) std::abort();
    if (value->find(';') != value->npos) std::abort();
}

void check_origin(std::string_view text) {
    const std::array fields{http::Field{"Origin", text}, http::Field{"Host", "auth.example"}};
    http::Request request;
    request.method = http::Method::post;
    request.fields = fields;
    // Taken for ours: then the host of Origin has to be the one of Host.
    if (!api::refuse_other_sites(request)) return;
    const std::size_t scheme = text.find("://");
    if (scheme == text.npos || !http::equal_ignoring_case(text.substr(scheme + 3), "auth.example")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_cookie(text);
    check_origin(text);
    return 0;
}
