// SPDX-License-Identifier: Apache-2.0
#include "server/observe/health.hpp"

#include <exception>
#include <limits>

namespace keyhold::server {
namespace {

template <class Check>
// Each check by itself, so that an operator sees all that is wrong and not the first of it.
void check(std::vector<std::string>& problems, const std::string& what, Check passes) {
    try {
        passes();
    } catch (const std::exception& error) {
        problems.push_back(what + ": " + error.what());
    }
}

}  // namespace

std::vector<std::string> Health::problems() const {
    std::vector<std::string> problems;
    if (draining_) problems.emplace_back("draining: the server is about to stop");
    // A question with a short answer: changes after one that will never come.
    check(problems, "database", [&] { stores_.changes->after(std::numeric_limits<std::int64_t>::max()); });
    check(problems, "writes", [&] { stores_.database->check_writes(); });
    // signing() throws where no key signs, as after all of them were dropped elsewhere.
    check(problems, "keys", [&] {
        liveness_.follow();
        keys_.signing(clock_.now());
    });
    return problems;
}

}  // namespace keyhold::server
