// SPDX-License-Identifier: Apache-2.0
#include "http/connection/response_writer.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace keyhold::http {
namespace {

// IANA's registry of status codes, as far as anything here or a program's own routes may answer with them.
constexpr std::array<std::pair<int, std::string_view>, 44> phrases{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
}};

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

}  // namespace

std::string_view reason_phrase(int status) {
    for (const auto& [row, phrase] : phrases)
        if (row == status) return phrase;
    return "";
}

void append_response(std::string& out, const Response& response, const Framing& framing) {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(response.status));
    out.append(" ").append(reason_phrase(response.status)).append("\r\nDate: ").append(framing.date);
    // RFC 9110 §8.6: a 204 has no Content-Length; a 304's would be that of the 200.
    if (response.status != 204 && response.status != 304) {
        out += "\r\nContent-Length: ";
        append_number(out, response.content_length());
    }
    if (!response.media_type.empty()) out.append("\r\nContent-Type: ").append(response.media_type);
    // nosniff (Fetch standard, "X-Content-Type-Options"): a browser takes no answer for another type than it says.
    out.append("\r\nX-Request-Id: ").append(framing.request_id).append("\r\nX-Content-Type-Options: nosniff\r\n");
    out += response.fields();
    if (!framing.keep_alive) out += "Connection: close\r\n";
    // RFC 9112 §9.3: a 1.0 client closes unless it is told that the connection stays.
    if (framing.keep_alive && framing.http_1_0) out += "Connection: keep-alive\r\n";
    out += "\r\n";
    if (!framing.head) out += response.body;
}

}  // namespace keyhold::http
