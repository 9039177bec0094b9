#include "app/chores.hpp"

namespace keyhold::app {
namespace {

// How long what has ended can still be explained (`keyhold token inspect`), and how many changes another process may be
// behind before it forgets everything.
constexpr std::chrono::hours keep_ended{24};
constexpr std::int64_t kept_changes = 10'000;

}  // namespace

std::vector<Housekeeping::Chore> chores(const store::Stores& stores, const Clock& clock, OwnKeys* own) {
    constexpr std::int64_t at_once = 500;  // a transaction that nobody has to wait for long
    return {
        {"old sessions",
         [&] {
             while (stores.sessions->purge(clock.now() - keep_ended, at_once) == at_once) {
             }
         }},
        {"old changes", [&] { stores.changes->forget_all_but(kept_changes); }},
        {"signing keys",
         [own] {
             if (own != nullptr) own->ring.look_after();
         }},
    };
}

}  // namespace keyhold::app
