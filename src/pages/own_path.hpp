// SPDX-License-Identifier: Apache-2.0
// Where a form may lead on to: a place of this server or of a listed origin, and nowhere else (CWE-601, open redirect).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keyhold::pages {

// What a `return_to` says if it is a path of ours with or without a query, as "/account" or "/oauth/authorize?x=y";
// empty otherwise. A browser must not be able to read another host into it, as it does with "//host", "/\host",
// "/<tab>/host" or "/.//host" (WHATWG URL §4.4), nor a proxy that decodes "%2F" and "%5C".
std::string own_path(std::string_view return_to);

// What a `return_to` says if it is a URL of one of these origins, each as browsers write it
// ("https://app.example.com"); empty otherwise. It begins with the origin, letter for letter, and behind that comes
// nothing, a path or a query: no other port, name or user can be read into it.
std::string listed_url(std::string_view return_to, const std::vector<std::string>& origins);

// The origin of such a URL: what stands before its path. Empty if it has no host, as "com.example.app:/cb" has none.
std::string_view origin_of_url(std::string_view url);

// How the page at `path` refers to `target`, a path of ours: "/account" from "/sign-in" is "./account", from
// "/account/password" it is "../account". So a link holds behind a proxy that puts the server below a path of its own.
// A URL stays as it is.
std::string reference(std::string_view path, std::string_view target);

// `text` as a value of a query.
std::string encoded(std::string_view text);

}  // namespace keyhold::pages
