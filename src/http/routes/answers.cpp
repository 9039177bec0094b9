// SPDX-License-Identifier: Apache-2.0
#include "http/answers.hpp"

#include "base/percent_encoding.hpp"

namespace keyhold::http {
namespace {

// RFC 8187 §3.2.1: a name in filename*, of which attr-char stands for itself.
std::string attachment(std::string_view name) {
    return "attachment; filename*=UTF-8''" + percent_encoded(name, "!#$&+-.^_`|~");
}

}  // namespace

void Respond<Html>::write(Response& response, const Html& page) {
    response.status = page.status;
    response.media_type = "text/html; charset=utf-8";
    response.body = page.body;
    response.add_field("Content-Security-Policy", page.content_security_policy);
    // Addresses of our pages may hold what others must not see, such as a link of a mail.
    response.add_field("Referrer-Policy", "same-origin");
}

void Respond<File>::write(Response& response, const File& file) {
    response.media_type = file.media_type;
    response.body = file.bytes;
    if (!file.name.empty()) response.add_field("Content-Disposition", attachment(file.name));
}

void Respond<Download>::write(Response& response, const Download& download) {
    response.media_type = "application/octet-stream";
    response.source = download.source;
    response.add_field("Content-Disposition", attachment(download.name));
}

}  // namespace keyhold::http
