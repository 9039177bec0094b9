// SPDX-License-Identifier: Apache-2.0
// Whatever body arrives under whatever Content-Type (the first line): what is made of it is what was asked for, and
// what is refused names fields, never their values.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/parameters.hpp"

using namespace keyhold;

namespace {

// Each kind of field and of limit that handlers use stands somewhere in these two.
struct Inner {
    std::string word;
    std::vector<std::int64_t> numbers;
};
KEYHOLD_FIELDS(Inner, (word, length(1, 8), pattern("[a-z]{1,3}[^x]*\\d?")),
               (numbers, length(0, 3), each(range(-9, 9)), may_be_absent()))

struct Anything {
    static constexpr http::Notation notation = http::Notation::json_or_form;
    static constexpr std::string_view example = R"({"name":"a","secret":"b","count":1})";
    std::string name;
    Secret secret;
    std::int64_t count = 0;
    std::optional<bool> yes;
    std::optional<std::string> remark;
    std::vector<Inner> inner;
    std::map<std::string, double> weights;
};
KEYHOLD_FIELDS(Anything, (name), (secret), (count), (yes), (remark), (inner, may_be_absent()),
               (weights, may_be_absent()))

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(text.find('\n'), text.size());
    const http::Field field{"Content-Type", text.substr(0, line)};
    http::Request request;
    request.method = http::Method::post;
    request.path = "/";
    request.fields = {&field, 1};
    request.body = text.substr(std::min(line + 1, text.size()));
    const auto read = http::Extract<Anything>::from(request);
    if (read) {
        // Something of each value stands in the body; an empty one needs nothing.
        if (read->name.size() > request.body.size() || read->secret.reveal().size() > request.body.size()) std::abort();
        return 0;
    }
    http::Response response;
    request.request_id = "id";
    http::refuse_as_problem(response, read.error(), request);
    json::Document document;
    // The query goes the same way, as text.
    request.query = text;
    if (const auto query = http::Extract<http::Query<Inner>>::from(request); query && (*query)->numbers.size() > 3)
        std::abort();
    if (response.status < 400 || response.status >= 500 || !document.parse(response.body)) std::abort();
    return 0;
}
