// SPDX-License-Identifier: Apache-2.0
// URLs that we connect to, read strictly: what two programs could read differently is refused.
#include "net/url.hpp"

#include <memory>

#include "base/ip_address.hpp"
#include "base/text.hpp"
#include "net/libcurl.hpp"

namespace keyhold::net {
namespace {

struct FreeUrl {
    void operator()(CURLU* url) const { libcurl().url_cleanup(url); }
};
struct FreeText {
    void operator()(char* text) const { libcurl().free(text); }
};

// Empty if the URL has no such part.
std::optional<std::string> part(CURLU* url, CURLUPart which, unsigned flags = 0) {
    char* read = nullptr;
    const bool found = libcurl().url_get(url, which, &read, flags) == CURLUE_OK;
    const std::unique_ptr<char, FreeText> text(read);
    return found ? std::optional<std::string>(text.get()) : std::nullopt;
}

// Only says what is wrong and does not repeat the URL, which may hold a secret.
Error refused(const char* why) { return Error(errors::malformed, why); }

}  // namespace

bool Url::is_loopback() const {
    const auto address = IpAddress::parse(host);
    return host == "localhost" || (address && address->is_loopback());
}

// By libcurl's own parser, so that what is looked at here and what is asked later are the same.
Result<Url> parse_url(std::string_view text, PlainHttp plain_http, UrlQuery query) {
    if (text.size() > 2048) return refused("a URL of over 2 KiB");
    for (const char c : text)
        if (!is_ascii_visible(c)) return refused("a URL with spaces or other than ASCII characters");
    const std::unique_ptr<CURLU, FreeUrl> url(libcurl().url());
    if (!url) throw std::bad_alloc();
    Url parsed{std::string(text), {}, {}, {}, {}};
    if (libcurl().url_set(url.get(), CURLUPART_URL, parsed.text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return refused("not a URL");
    parsed.scheme = part(url.get(), CURLUPART_SCHEME).value_or("");
    parsed.host = part(url.get(), CURLUPART_HOST).value_or("");
    parsed.path = part(url.get(), CURLUPART_PATH).value_or("/");
    if (parsed.host.starts_with('[')) parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
    if (parsed.scheme != "https" && parsed.scheme != "http") return refused("a URL that is neither https nor http");
    // libcurl forgives a slash too many or too few; others who read the same URL would look elsewhere (RFC 3986 §3.2).
    const std::string_view behind_scheme = text.substr(parsed.scheme.size());
    if (!behind_scheme.starts_with("://") || behind_scheme.starts_with(":///")) return refused("not a URL");
    if (parsed.host.empty()) return refused("a URL without a host");
    if (part(url.get(), CURLUPART_USER) || part(url.get(), CURLUPART_PASSWORD))
        return refused("a URL with a name or a password in it");
    if (part(url.get(), CURLUPART_FRAGMENT) || (query == UrlQuery::refused && part(url.get(), CURLUPART_QUERY)))
        return refused("a URL with a query or a fragment");
    if (parsed.scheme == "http" && plain_http == PlainHttp::on_this_machine && !parsed.is_loopback())
        return refused("http:// to another machine: keys that anybody on the way can replace (use https://)");
    const bool is_v6 = parsed.host.find(':') != std::string::npos;
    parsed.origin = parsed.scheme + "://" + (is_v6 ? "[" + parsed.host + "]" : parsed.host);
    if (const auto port = part(url.get(), CURLUPART_PORT)) parsed.origin += ":" + *port;
    return parsed;
}

}  // namespace keyhold::net
