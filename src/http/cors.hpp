// SPDX-License-Identifier: Apache-2.0
// Cross-origin resource sharing (Fetch standard §3.2): which pages of other origins may read our answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/replaceable.hpp"
#include "http/message.hpp"

namespace keyhold::http {

class Cors {
public:
    // Origins as browsers write them ("https://app.example"); "http://localhost:*" stands for every port; "*"
    // for everybody. Empty: no origin but our own.
    explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

    // Other origins from now on. Any thread.
    void replace(std::vector<std::string> origins) { origins_.replace(std::move(origins)); }

    // Adds the fields that every answer carries, errors too. Credentials are never allowed across origins: a
    // bearer token needs none.
    void add_fields(const Request& request, Response& response) const;

    // Whether pages of that origin may call us.
    bool allows(std::string_view origin) const;

    // Whether a browser asks on behalf of a page of a listed origin what it may send (Fetch §4.8).
    bool is_preflight(const Request& request) const;

    // Makes `response` the answer to an OPTIONS request; `allow` is the path's methods. Empty: there is no such path,
    // and a preflight for it is answered so that the page can read the 404.
    void answer_options(const Request& request, std::string_view allow, Response& response) const;

private:
    Replaceable<std::vector<std::string>> origins_;
};

}  // namespace keyhold::http
