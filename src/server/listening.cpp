// SPDX-License-Identifier: Apache-2.0
#include "server/listening.hpp"

#include <utility>

#include "crypto/random.hpp"
#include "server/settings/issuer.hpp"
#include "server/settings/server_settings.hpp"

namespace keyhold::server {

Result<Listening> Listening::open(const Settings& settings, Mode mode, const Environment& environment, Log& log) {
    auto certificate = read_certificate(settings);
    if (!certificate) return std::move(certificate).error();
    crypto::SystemRandom random;
    auto options = server_options(settings, log, random);
    auto predecessor = Predecessor::find(settings.handover_socket);
    if (!predecessor) return std::move(predecessor).error();
    auto sockets = open_sockets(settings, environment, known_sockets(*predecessor), options.threads);
    if (!sockets) return std::move(sockets).error();
    if (mode == Mode::serve)
        if (auto problem = problem_with_issuer(settings, addresses_of(*sockets)); !problem.empty())
            return Error(errors::configuration, std::move(problem));
    return Listening{std::move(*certificate), std::move(options), std::move(*predecessor), std::move(*sockets)};
}

}  // namespace keyhold::server
