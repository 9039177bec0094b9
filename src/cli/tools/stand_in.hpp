// SPDX-License-Identifier: Apache-2.0
// Stands in an application's place and notes what its proxy sends to it.
#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"
#include "base/result.hpp"

namespace keyhold::cli {

struct SeenRequest {
    std::string target;
    std::vector<std::pair<std::string, std::string>> fields;  // names in lower case
    // The values of all fields whose name, with '_' for '-', is this one (as CGI and WSGI have them).
    std::vector<std::string> all(std::string_view name) const;
};

// Its thread begins with listen() and answers one request at a time; take() may be called from any thread.
class StandIn {
public:
    // "127.0.0.1:3000". Refused: malformed; configuration, if it cannot be listened at.
    static Result<std::unique_ptr<StandIn>> listen(std::string_view address);
    ~StandIn();

    // What came since the last call.
    std::vector<SeenRequest> take();

private:
    explicit StandIn(Descriptor socket);
    void run(const std::stop_token& stop);
    // Reads one head and answers; the connection is closed by whoever accepted it.
    void serve(int connection);

    Descriptor socket_;
    std::mutex mutex_;
    std::vector<SeenRequest> seen_;  // under mutex_
    std::jthread thread_;            // last
};

}  // namespace keyhold::cli
