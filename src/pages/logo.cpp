// SPDX-License-Identifier: Apache-2.0
// The operator's logo (pages_brand_logo): one picture, read at the start and served from memory.
#include "pages/logo.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/base64url.hpp"
#include "base/override_files.hpp"
#include "crypto/digest.hpp"
#include "domain/errors.hpp"
#include "http/routes/conditional.hpp"
#include "pages/routes.hpp"
#include "pages/site.hpp"

namespace keyhold::pages {
namespace {

// Every page loads it once: a picture of this size takes a second on a slow line.
constexpr std::uintmax_t most_bytes = 64 * 1024;

// The whole signature (PNG Specification, Third Edition §5.2).
bool is_png(std::string_view bytes) { return bytes.starts_with("\x89PNG\r\n\x1a\n"); }

// An XML text whose first element is <svg>. What stands before that, as a comment, is not read closely: a browser that
// finds no picture shows the name instead.
bool is_svg(std::string_view bytes) {
    bytes = without_byte_order_mark(bytes);
    bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
    if (bytes.starts_with("<svg")) return true;
    const bool has_prologue =
        bytes.starts_with("<?xml") || bytes.starts_with("<!--") || bytes.starts_with("<!DOCTYPE svg");
    return has_prologue && bytes.find("<svg") != bytes.npos && bytes.find("<html") == bytes.npos;
}

// By content: the ending of a file's name proves nothing.
struct Format {
    std::string_view media_type;
    bool (*matches)(std::string_view bytes);
};
constexpr std::array formats{Format{"image/png", is_png}, Format{"image/svg+xml", is_svg}};

Error wrong(const std::string& file, std::string_view what) {
    return {errors::configuration, "pages_brand_logo: " + file + " " + std::string(what)};
}

// The picture, or that the browser has it.
struct LogoReply {
    const Logo* logo;  // of the Site
    bool is_unchanged;
};

}  // namespace
}  // namespace keyhold::pages

namespace keyhold::http {

template <>
struct Respond<pages::LogoReply> {
    static void write(Response& response, const pages::LogoReply& reply) {
        response.add_field("ETag", reply.logo->etag);
        response.add_field("Cache-Control", "public, max-age=31536000, immutable");
        // An SVG can hold scripts, which run where somebody opens it by its address, but not as a picture of a page.
        // So it is a document of no origin there, which runs nothing and loads nothing.
        response.add_field("Content-Security-Policy",
                           "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox");
        if (reply.is_unchanged) {
            response.status = 304;
            return;
        }
        response.media_type = reply.logo->media_type;
        response.body = reply.logo->bytes;
    }
    static void describe(Operation&) {}
};

}  // namespace keyhold::http

namespace keyhold::pages {
namespace {

Result<LogoReply> show_logo(const http::Request& request, const Site& site) {
    // The address of an older picture is gone, as is the page that led to it.
    if (site.logo.path.empty() || request.path.substr(1) != site.logo.path) return errors::not_found;
    return LogoReply{&site.logo, http::has_it_already(request, site.logo.etag)};
}

}  // namespace

// Empty without a file: pages show the name then. Refused: configuration.
Result<Logo> load_logo(const std::string& file) {
    if (file.empty()) return Logo{};
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return wrong(file, "cannot be read: " + error.message());
    if (size > most_bytes) return wrong(file, "is larger than 64 KiB, which every page would load: make it smaller");
    std::ifstream in(file, std::ios::binary);
    Logo logo{std::string(std::istreambuf_iterator<char>(in), {})};
    if (!in) return wrong(file, "cannot be read");
    for (const Format& format : formats)
        if (format.matches(logo.bytes)) logo.media_type = format.media_type;
    if (logo.media_type.empty()) return wrong(file, "is no PNG and no SVG: pages show no other pictures");
    // 72 bits of the digest, so that another picture has another address.
    constexpr std::size_t digits = 12;
    const std::string digest = base64url::encode(crypto::sha256(logo.bytes)).substr(0, digits);
    logo.path = "pages/" + digest + "/logo";
    logo.etag = "\"" + digest + "\"";
    return logo;
}

void add_logo_route(http::Mount& mount) {
    mount.add(http::Method::get, "/pages/{digest}/logo", page_route("The logo of the pages", http::On::io), show_logo);
}

}  // namespace keyhold::pages
