// SPDX-License-Identifier: Apache-2.0
// Cross-origin resource sharing (Fetch standard §3.2): which pages of other origins may read our answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/replaceable.hpp"
#include "http/message.hpp"

namespace keyhold::http {

// One for the server. Requests may ask on all threads while replace() is called; each request sees the old lists or the
// new ones, but perhaps one list of each.
class Cors {
public:
    // Origins as browsers write them ("https://app.example"); "http://localhost:*" stands for every port; "*"
    // for everybody. Empty: no origin but our own. `with_cookies`: those whose pages may use cookies here, each of them
    // written out; pages of all others need a bearer token, as credentials are not allowed to them.
    explicit Cors(std::vector<std::string> origins, std::vector<std::string> with_cookies = {})
        : origins_(std::move(origins)), with_cookies_(std::move(with_cookies)) {}

    // Other origins from now on. Any thread.
    void replace(std::vector<std::string> origins, std::vector<std::string> with_cookies) {
        origins_.replace(std::move(origins));
        with_cookies_.replace(std::move(with_cookies));
    }

    // Whether a page of an origin that may use cookies sent the request: by its Origin, which no page can write, and
    // from our own site where Sec-Fetch-Site says from where. Browsers send our cookies from nowhere else (SameSite).
    bool may_use_cookies(const Request& request) const;

    // Good as long as this object, also after a replace().
    const std::vector<std::string>& origins_with_cookies() const { return with_cookies_.get(); }

    // Adds the fields that every answer carries, errors too, but for those of pages of ours.
    // The dispatcher calls it last, once for each answer. Vary is said to all requests where any origin is listed, also
    // to those without an Origin, because their answer must not be kept for those with one.
    void add_fields(const Request& request, Response& response) const;

    // Whether pages of that origin may call us.
    bool allows(std::string_view origin) const;

    // Whether a browser asks on behalf of a page of a listed origin what it may send (Fetch §4.8). Never where a page
    // of ours is meant: the browser is told nothing, and refuses by itself.
    bool is_preflight(const Request& request) const;

    // Makes `response` the answer to an OPTIONS request; `allow` is the path's methods. Empty: there is no such path,
    // and a preflight for it is answered so that the page can read the 404.
    void answer_options(const Request& request, std::string_view allow, Response& response) const;

private:
    Replaceable<std::vector<std::string>> origins_, with_cookies_;
};

}  // namespace keyhold::http
