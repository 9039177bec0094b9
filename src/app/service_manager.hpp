// What the service manager is told (sd_notify(3)); nobody listens unless $NOTIFY_SOCKET is set.
#pragma once

#include <string_view>

namespace keyhold::app {

// "READY=1", "RELOADING=1", "STOPPING=1". A failure is no reason to stop serving, so there is none.
void tell_service_manager(std::string_view state);

}  // namespace keyhold::app
