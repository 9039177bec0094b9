#include "domain/clients.hpp"

#include <algorithm>

#include "crypto/digest.hpp"

namespace keyhold::domain {

namespace {

constexpr std::size_t shortest_secret = 16;

bool same(std::string_view a, std::string_view b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        difference |= static_cast<unsigned char>(a[i] ^ b[i]);
    return difference == 0;
}

}  // namespace

Result<Clients> Clients::parse(const Secret& text) {
    const auto refuse = [](const std::string& why) { return Error(Errc::configuration, "clients: " + why); };
    Clients clients;
    for (std::string_view rest = text.reveal(); !rest.empty();) {
        const std::string_view entry = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
        const std::size_t colon = entry.find(':');
        if (colon == entry.npos || colon == 0) return refuse("each is written as id:secret");
        const std::string id(entry.substr(0, colon));
        const std::string_view secret = entry.substr(colon + 1);
        if (secret.size() < shortest_secret)
            return refuse("the secret of '" + id +
                          "' is shorter than 16 characters: make one with `openssl rand -hex 32`");
        if (!clients.digests_.emplace(id, crypto::sha256(secret)).second)
            return refuse("'" + id + "' stands there twice");
    }
    return clients;
}

bool Clients::authenticate(std::string_view id, const Secret& secret) const {
    static const std::string nothing(32, '\0');  // no secret of ours has this digest
    const auto found = digests_.find(id);
    return same(crypto::sha256(secret.reveal()), found != digests_.end() ? found->second : nothing) &&
           found != digests_.end();
}

}  // namespace keyhold::domain
