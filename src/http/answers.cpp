// SPDX-License-Identifier: Apache-2.0
#include "http/answers.hpp"

namespace keyhold::http {
namespace {

// RFC 8187 §3.2.1, attr-char: what needs no percent-encoding in filename*.
bool is_attribute_character(char c) {
    constexpr std::string_view others = "!#$&+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || others.find(c) != others.npos;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (is_attribute_character(c))
            encoded += c;
        else
            encoded.append("%").append(1, digits[code / 16]).append(1, digits[code % 16]);
    }
    return encoded;
}

}  // namespace

void Respond<Html>::write(Response& response, const Html& page) {
    response.status = page.status;
    response.media_type = "text/html; charset=utf-8";
    response.body = page.body;
    response.add_field("Content-Security-Policy", page.content_security_policy);
    response.add_field("Referrer-Policy", "same-origin");
}

void Respond<File>::write(Response& response, const File& file) {
    response.media_type = file.media_type;
    response.body = file.bytes;
    if (!file.name.empty())
        response.add_field("Content-Disposition", "attachment; filename*=UTF-8''" + percent_encoded(file.name));
}

}  // namespace keyhold::http
