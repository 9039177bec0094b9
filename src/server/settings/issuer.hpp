// SPDX-License-Identifier: Apache-2.0
// Who we are in tokens and in discovery documents.
#pragma once

#include <string>

#include "http/address.hpp"
#include "server/settings/settings.hpp"

namespace keyhold::server {

// The setting `issuer`, or the URL of `bind`. Empty if the port is not known before the server listens.
std::string issuer_of(const Settings& settings);

// What the links in mails begin with: `issuer`, or where nobody else can reach us, the URL of `bind`. Empty if there is
// none that leads here. Never anything that a request says of itself.
std::string base_of_links(const Settings& settings);

// What `keyhold serve` says where others than this machine's own can reach it and nobody told it its URL: keys of our
// own sign for the issuer, and "http://0.0.0.0:8000" leads a verifier nowhere. Empty if all is well. `addresses` is
// where it listens.
std::string problem_with_issuer(const Settings& settings, const std::vector<http::Address>& addresses);

// What `keyhold serve` says of an issuer that is no URL by which clients can discover us (RFC 8414 §2), where keys of
// our own sign: tokens, discovery and links would name what leads nowhere, or to a script. http is taken too, for a
// machine of one's own and for networks that nobody else is in. Empty if all is well.
std::string problem_with_url_of_issuer(const Settings& settings);

// What `serve` warns of and `config check` notes where the issuer may be empty, because only this machine can connect,
// but a proxy or a mail shows that others are served: they are told the URL of `bind`, which leads them nowhere. Empty
// if all is well.
std::string doubt_about_issuer(const Settings& settings);

}  // namespace keyhold::server
