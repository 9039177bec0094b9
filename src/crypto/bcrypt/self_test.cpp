// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/self_test.hpp"

#include <array>
#include <vector>

#include "crypto/bcrypt/lanes.hpp"
#include "crypto/formats/bcrypt_text.hpp"

namespace keyhold::crypto::bcrypt {

namespace {

// From crypt_blowfish 1.3 (wrapper.c): a password of no length, one of more than 72 bytes, and bytes over 0x7f under
// $2a$ and $2b$, which differ there. All have cost 5, so that they run in lock step.
constexpr std::array answers_of_openwall{
    KnownAnswer{"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
    KnownAnswer{"", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy"},
    KnownAnswer{"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored",
                "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"},
    KnownAnswer{"\xff\xff\xa3", "$2b$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e"},
    KnownAnswer{"\xff\xff\xa3", "$2a$05$/OK.fbVrR/bpIqNJ5ianF.nqd1wy.pTMdcvrRWxyiGL2eMz.2a85."},
    KnownAnswer{"U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"},
};
static_assert(answers_of_openwall.size() >= max_lanes);

// All of `hashes` have one cost.
// Computes all of them side by side, in lanes 0 to hashes.size() - 1.
bool agrees(std::span<const Hash> hashes, std::span<const KnownAnswer> answers) {
    Lanes lanes;
    for (std::size_t lane = 0; lane < hashes.size(); ++lane)
        lanes.start(lane, {answers[lane].password, hashes[lane].variant, hashes[lane].cost, hashes[lane].salt});
    lanes.run(hashes.size(), std::uint32_t{1} << hashes[0].cost);
    bool equal = true;
    for (std::size_t lane = 0; lane < hashes.size(); ++lane) equal = lanes.finish(lane) == hashes[lane].digest && equal;
    return equal;
}

}  // namespace

std::span<const KnownAnswer> published_answers() { return answers_of_openwall; }

// With each number of lanes, as each is another instance of the kernel.
bool passes_self_test(std::span<const KnownAnswer> answers, std::size_t lanes) {
    std::vector<Hash> hashes;
    for (const KnownAnswer& answer : answers) {
        const auto hash = parse_crypt(answer.hash);
        if (!hash || hash->cost != parse_crypt(answers[0].hash)->cost) return false;
        hashes.push_back(*hash);
    }
    if (lanes == 0 || lanes > max_lanes || hashes.size() < lanes) return false;
    for (std::size_t count = 1; count <= lanes; ++count)
        if (!agrees(std::span(hashes).first(count), answers)) return false;
    return true;
}

}  // namespace keyhold::crypto::bcrypt
