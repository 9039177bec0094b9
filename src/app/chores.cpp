#include "app/chores.hpp"

#include "app/memory.hpp"

namespace keyhold::app {
namespace {

// How long what has ended can still be explained (`keyhold token inspect`), and how many changes another process may be
// behind before it forgets everything.
constexpr std::chrono::hours keep_ended{24};
constexpr std::int64_t kept_changes = 10'000;

}  // namespace

std::vector<Housekeeping::Chore> chores(House& house, OwnKeys* own, House::Warn warn) {
    constexpr std::int64_t at_once = 500;  // a transaction that nobody has to wait for long
    constexpr int pages = 20;              // of stored hashes: 20,000 accounts, about 40 ms
    return {
        {"old sessions",
         [&house] {
             house.sessions.look_after();
             while (house.stores.sessions->purge(house.clock.now() - keep_ended, at_once) == at_once) {
             }
         }},
        {"old invitations",
         [&house] {
             while (house.stores.secrets->purge(house.clock.now() - keep_ended, at_once) == at_once) {
             }
         }},
        {"old changes", [&house] { house.stores.changes->forget_all_but(kept_changes); }},
        {"clock",
         [&house, warn = std::move(warn), said = !doubt_of(house.clock).empty()]() mutable {
             const std::string doubt = doubt_of(house.clock);
             if (!doubt.empty() && !said) warn(doubt);
             said = !doubt.empty();
         }},
        {"dictionary", let_go_of_dictionary},
        {"failed log-ins", [&house] { house.throttle.look_after(); }},
        {"stored hashes", [&house] { house.stored_hashes.look(pages); }, Housekeeping::First::at_once},
        {"signing keys",
         [own] {
             if (own != nullptr) own->ring.look_after();
         }},
    };
}

}  // namespace keyhold::app
