// SPDX-License-Identifier: Apache-2.0
// Where a form may lead on to: a place of this server, and nowhere else (CWE-601, open redirect).
#pragma once

#include <string>
#include <string_view>

namespace keyhold::pages {

// What a `return_to` says if it is a path of ours with or without a query, as "/account" or "/oauth/authorize?x=y";
// empty otherwise. A browser must not be able to read another host into it, as it does with "//host", "/\host",
// "/<tab>/host" or "/.//host" (WHATWG URL §4.4), nor a proxy that decodes "%2F" and "%5C".
std::string own_path(std::string_view return_to);

// How the page at `path` refers to `target`, a path of ours: "/account" from "/sign-in" is "./account", from
// "/account/password" it is "../account". So a link holds behind a proxy that puts the server below a path of its own.
std::string reference(std::string_view path, std::string_view target);

// `text` as a value of a query.
std::string encoded(std::string_view text);

}  // namespace keyhold::pages
