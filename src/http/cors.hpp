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

    // Makes `response` the answer to an OPTIONS request; `allow` is the path's methods.
    void answer_options(const Request& request, std::string_view allow, Response& response) const;

private:
    bool allows(std::string_view origin) const;
    Replaceable<std::vector<std::string>> origins_;
};

}  // namespace keyhold::http
