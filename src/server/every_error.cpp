// SPDX-License-Identifier: Apache-2.0
// Every row of every errors.hpp in one list, for what has to show them all, as the document of the API does.
// cmake/errors.cmake finds their names; a header that is not included here does not compile.
#include "server/every_error.hpp"

#include "domain/clients/client_errors.hpp"
#include "domain/errors.hpp"
#include "http/errors.hpp"
#include "http/routes/conditional.hpp"
#include "http/scopes.hpp"
#include "jose/errors.hpp"
#include "keyhold/hooks.hpp"
#include "oauth/errors.hpp"
#include "pages/errors.hpp"
#include "store/errors.hpp"

namespace keyhold::server {

std::span<const Errc> every_error() {
    using namespace errors;
    static constexpr Errc all[] = {
#include "server/every_error.inc"
    };
    return all;
}

}  // namespace keyhold::server
