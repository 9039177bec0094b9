#include "app/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace keyhold::app {
namespace {

// For the database, the event loops, files that are read now and then, and clients that are told they came in vain.
constexpr std::size_t our_own = 512;

}  // namespace

std::size_t make_room_for(std::size_t connections) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return connections;
    const auto wanted = std::min<rlim_t>(connections + our_own, limit.rlim_max);
    if (limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted;
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
    }
    const std::size_t open = limit.rlim_cur;
    return std::min(connections, open - std::min(our_own, open / 2));
}

}  // namespace keyhold::app
