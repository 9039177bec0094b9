// SPDX-License-Identifier: Apache-2.0
#include "pages/own_path.hpp"

#include <algorithm>

#include "base/percent_encoding.hpp"
#include "base/text.hpp"
#include "http/form.hpp"

namespace keyhold::pages {
namespace {

// An authorization request with everything in it is shorter by far.
constexpr std::size_t longest = 4096;

// What a URL may consist of (RFC 3986 §2), without what begins a fragment. No backslash: browsers read it as a slash.
bool is_of_urls(char c) {
    constexpr std::string_view marks = "-._~!$&'()*+,;=:@/?%";
    return is_ascii_alphanumeric(c) || marks.find(c) != marks.npos;
}

bool is_plain(std::string_view path) {
    if (!path.starts_with('/') || path.find("//") != path.npos || path.find('\\') != path.npos) return false;
    if (has_ascii_control(path)) return false;
    // A segment of dots is taken out by whoever resolves the path, and leaves "//" behind.
    for (std::string_view rest = path; !rest.empty();) {
        rest.remove_prefix(1);
        const std::string_view segment = rest.substr(0, rest.find('/'));
        if (segment == "." || segment == "..") return false;
        rest.remove_prefix(segment.size());
    }
    return true;
}

}  // namespace

std::string own_path(std::string_view return_to) {
    if (return_to.size() > longest || !std::ranges::all_of(return_to, is_of_urls)) return {};
    const std::string_view path = return_to.substr(0, return_to.find('?'));
    // Both the text and what it decodes to have to be plain: a browser resolves the first, a proxy may use the
    // second.
    const auto decoded = http::decode_path(path);
    if (!decoded || !is_plain(path) || !is_plain(*decoded)) return {};
    return std::string(return_to);
}

std::string listed_url(std::string_view return_to, const std::vector<std::string>& origins) {
    if (return_to.size() > longest) return {};
    for (const std::string& origin : origins) {
        if (!return_to.starts_with(origin)) continue;
        const std::string_view rest = return_to.substr(origin.size());
        const bool ends_there = rest.empty() || rest.starts_with('/') || rest.starts_with('?');
        if (ends_there && std::ranges::all_of(rest, is_of_urls)) return std::string(return_to);
    }
    return {};
}

std::string_view origin_of_url(std::string_view url) {
    constexpr std::string_view before_host = "://";
    const std::size_t host = url.find(before_host);
    return host == url.npos ? std::string_view() : url.substr(0, url.find_first_of("/?", host + before_host.size()));
}

std::string reference(std::string_view path, std::string_view target) {
    if (!target.starts_with('/')) return std::string(target);
    constexpr std::ptrdiff_t deepest = 16;  // beyond that somebody plays, and pays with a link that may be wrong
    const std::ptrdiff_t depth = std::count(path.begin(), path.end(), '/') - 1;
    std::string root = depth <= 0 ? "./" : "";
    for (std::ptrdiff_t i = std::min(depth, deepest); i > 0; --i) root += "../";
    return root.append(target.substr(std::min<std::size_t>(target.size(), 1)));
}

std::string encoded(std::string_view text) { return percent_encoded(text, unreserved_marks_and_slash); }

}  // namespace keyhold::pages
