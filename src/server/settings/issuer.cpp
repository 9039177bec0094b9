// SPDX-License-Identifier: Apache-2.0
#include "server/settings/issuer.hpp"

#include <algorithm>
#include <string_view>

#include "base/ip_address.hpp"
#include "base/text.hpp"
#include "server/jobs/mail_client.hpp"
#include "server/process/bind.hpp"
#include "server/signing_keys.hpp"

namespace keyhold::server {

std::string issuer_of(const Settings& settings) {
    if (!settings.issuer.empty()) return settings.issuer;
    for (const std::string& text : settings.bind) {
        const auto address = parse_bind("bind", text);
        if (address && !address->is_unix())
            // A free port is known only when the server listens, and tokens may be issued before.
            return address->port != 0 ? url_of(*address, scheme_of(settings)) : std::string();
    }
    return {};
}

std::string base_of_links(const Settings& settings) {
    std::string base = settings.issuer;
    if (base.empty()) {
        for (const std::string& text : settings.bind) {
            const auto address = parse_bind("bind", text);
            const auto ip = address && !address->is_unix() ? IpAddress::parse(address->host) : std::nullopt;
            // Reached from elsewhere, but nobody has said by what name: a wrong link is worse than a code to type.
            if (ip && !ip->is_loopback()) return {};
        }
        base = issuer_of(settings);
    }
    // What is put behind it begins with a '/'.
    while (base.ends_with('/')) base.pop_back();
    return base;
}

std::string problem_with_issuer(const Settings& settings, const std::vector<http::Address>& addresses) {
    // The tutorial's tokens have no issuer, so nobody is led anywhere by it.
    if (!settings.issuer.empty() || secret_signs(settings)) return {};
    for (const http::Address& address : addresses) {
        if (address.is_unix()) continue;
        const auto ip = IpAddress::parse(address.host);
        if (ip && ip->is_loopback()) continue;
        return "issuer is empty, and " + to_text(address) +
               " can be reached from elsewhere: set it to the URL by which clients reach this server, as in issuer = "
               "\"https://auth.example.com\"";
    }
    return {};
}

namespace {

// RFC 8414 §2: "a URL that uses the https scheme and has no query or fragment components". http is for a machine of
// one's own, and for networks that nobody else is in.
bool is_url_of_issuer(std::string_view text) {
    const std::string_view scheme = text.starts_with("https://") ? "https://" : "http://";
    if (!text.starts_with(scheme)) return false;
    text.remove_prefix(scheme.size());
    const std::string_view authority = text.substr(0, text.find('/'));
    // What no URL has written out (RFC 3986 §2); names of hosts may have letters of any language.
    constexpr std::string_view in_no_url = "\"<>\\^`{|}";
    const bool is_clean = std::ranges::none_of(
        text, [&](char c) { return c == ' ' || is_ascii_control(c) || in_no_url.find(c) != in_no_url.npos; });
    return is_clean && !authority.empty() && !authority.starts_with(':') && authority.find('@') == authority.npos &&
           text.find_first_of("?#") == text.npos;
}

}  // namespace

std::string problem_with_url_of_issuer(const Settings& settings) {
    // With a shared secret `iss` may be any text. With keys of our own, clients find us by it, so it has to be a URL.
    if (settings.issuer.empty() || secret_signs(settings) || is_url_of_issuer(settings.issuer)) return {};
    return "issuer is \"" + settings.issuer +
           "\": clients that discover us look for an https URL without query and fragment (RFC 8414), as in issuer = "
           "\"https://auth.example.com\"";
}

std::string doubt_about_issuer(const Settings& settings) {
    if (!settings.issuer.empty()) return {};
    const bool sends_links = mail_of(settings).is_set() && !base_of_links(settings).empty();
    const bool is_behind_proxy = !settings.trusted_proxies.empty() && !secret_signs(settings);
    if (!sends_links && !is_behind_proxy) return {};
    const std::string url = issuer_of(settings);
    return "issuer is empty, and " + std::string(is_behind_proxy ? "trusted_proxies" : "mail_server") +
           " is set: clients elsewhere are told " + (url.empty() ? "no URL" : url) +
           " in tokens, discovery and links of mails; set it to the URL by which they reach this server, as in issuer "
           "= \"https://auth.example.com\"";
}

}  // namespace keyhold::server
