// `keyhold dev` and `keyhold serve`: everything that the server consists of, and what it was given.
#pragma once

#include <iosfwd>

#include "app/settings.hpp"

namespace keyhold::app {

// Serves until a signal ends it. `sources` are read again at SIGHUP; the banner of `dev` goes to `err`. May end the
// process itself, where threads are stuck. Refused: what keeps it from starting.
Result<> serve(Mode mode, const Sources& sources, const Settings& settings, std::ostream& err);

}  // namespace keyhold::app
