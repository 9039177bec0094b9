// The server's certificate, from the files that the settings name.
#pragma once

#include <memory>

#include "app/settings.hpp"
#include "base/result.hpp"
#include "http/tls.hpp"

namespace keyhold::app {

// Null where no certificate is set. Refused: configuration, if a file cannot be read or the two do not fit.
Result<std::shared_ptr<const http::TlsContext>> read_certificate(const Settings& settings);

}  // namespace keyhold::app
