// First-party clients: resource servers of our own that may ask about tokens (RFC 7662) and take them back (RFC 7009).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace keyhold::domain {

// Read-only once it is filled: any thread.
class Clients {
public:
    // "id:secret,id:secret". Refused: configuration, for an entry without a ':', an empty id, an id twice, or a secret
    // of less than 16 characters: nobody types it.
    static Result<Clients> parse(const Secret& text);

    // Whether it is a client's id and secret. The same time for an unknown one.
    bool authenticate(std::string_view id, const Secret& secret) const;

private:
    std::map<std::string, std::string, std::less<>> digests_;  // SHA-256 of the secrets, by id
};

}  // namespace keyhold::domain
