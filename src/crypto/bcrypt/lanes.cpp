// SPDX-License-Identifier: Apache-2.0
#include "crypto/bcrypt/lanes.hpp"

#include <string.h>

#include <algorithm>
#include <array>

#include "crypto/bcrypt/blowfish.hpp"
#include "crypto/bcrypt/blowfish_tables.hpp"

namespace keyhold::crypto::bcrypt {

namespace {

constexpr Word big_endian(const unsigned char* bytes) {
    return Word{bytes[0]} << 24 | Word{bytes[1]} << 16 | Word{bytes[2]} << 8 | Word{bytes[3]};
}

// "OrpheanBeholderScryDoubt", which bcrypt encrypts 64 times.
constexpr std::array<Word, 6> magic_text{0x4f727068, 0x65616e42, 0x65686f6c, 0x64657253, 0x63727944, 0x6f756274};

// crypt_blowfish's counter-measure for $2a$ ("safety" in crypt_blowfish.c 1.1 and later): a password whose words
// would be the same if its bytes were sign-extended, as $2x$ did, gets another first subkey. That takes a byte
// over 0x7f with nothing but 0xff before it in its word.
Word safety(const Word (&words)[subkeys], const Word (&sign_extended)[subkeys], bool sign_seen) {
    Word difference = 0;
    for (std::size_t i = 0; i < subkeys; ++i) difference |= words[i] ^ sign_extended[i];
    return difference == 0 && sign_seen ? 0x10000 : 0;
}

// Fills `words` with the password and its NUL, over and over. Returns what safety() says.
// bcrypt counts the NUL behind the password as a part of the key, and repeats both until 72 bytes are full. The bytes
// of a word stand in it with the most significant one first.
Word read_key(std::string_view password, Word (&words)[subkeys]) {
    Word sign_extended[subkeys]{};
    bool sign_seen = false;
    std::size_t next = 0;
    for (std::size_t i = 0; i < subkeys; ++i) {
        words[i] = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const auto byte = static_cast<unsigned char>(next < password.size() ? password[next] : '\0');
            next = next < password.size() ? next + 1 : 0;
            words[i] = words[i] << 8 | byte;
            sign_extended[i] = sign_extended[i] << 8 | static_cast<Word>(static_cast<signed char>(byte));
            // The first byte of a word has no byte before it that its sign could change.
            if (j > 0 && byte > 0x7f) sign_seen = true;
        }
    }
    const Word result = safety(words, sign_extended, sign_seen);
    explicit_bzero(sign_extended, sizeof sign_extended);
    return result;
}

// ExpandKey with a zero salt for all lanes: every subkey and every S-box entry is replaced by what the state so
// far encrypts the last block to.
template <std::size_t lanes>
void expand(Word (*sboxes)[4][256], Word (*p)[subkeys]) {
    Halves<lanes> block;
    for (std::size_t i = 0; i < subkeys; i += 2) {
        encrypt<lanes>(sboxes, p, block);
        unrolled<lanes>([&](auto lane) { store(&p[lane][i], block.left[lane], block.right[lane]); });
    }
    for (std::size_t i = 0; i < 4 * 256; i += 2) {
        encrypt<lanes>(sboxes, p, block);
        unrolled<lanes>(
            [&](auto lane) { store(&sboxes[lane][i / 256][i % 256], block.left[lane], block.right[lane]); });
    }
}

// Steps in lock step: xor the password in, expand, xor the salt in, expand.
template <std::size_t lanes>
void iterate(Word (*sboxes)[4][256], Word (*p)[subkeys], const Word (*key)[subkeys], const Word (*salt)[4],
             std::uint32_t iterations) {
    for (; iterations > 0; --iterations) {
        for (std::size_t lane = 0; lane < lanes; ++lane)
            for (std::size_t i = 0; i < subkeys; ++i) p[lane][i] ^= key[lane][i];
        expand<lanes>(sboxes, p);
        for (std::size_t lane = 0; lane < lanes; ++lane)
            for (std::size_t i = 0; i < subkeys; ++i) p[lane][i] ^= salt[lane][i % 4];
        expand<lanes>(sboxes, p);
    }
}

// One instance for each number of lanes, as the compiler has to know it to unroll the loops.
constexpr std::array iterate_lanes{iterate<1>, iterate<2>, iterate<3>, iterate<4>, iterate<5>, iterate<6>};
static_assert(iterate_lanes.size() == max_lanes);

}  // namespace

Lanes::Lanes() : state_(new State{}) {}

Lanes::~Lanes() { explicit_bzero(state_.get(), sizeof(State)); }

// "Eks" is for expensive key schedule: this is its first part (EksBlowfishSetup of the paper), before the 2^cost
// iterations.
void Lanes::start(std::size_t lane, const Request& request) {
    Word(&p)[subkeys] = state_->p[lane];
    Word(&sboxes)[4][256] = state_->sboxes[lane];
    std::copy_n(initial_subkeys, subkeys, p);
    std::copy_n(&initial_sboxes[0][0], 4 * 256, &sboxes[0][0]);
    for (std::size_t i = 0; i < 4; ++i) state_->salt[lane][i] = big_endian(&request.salt[4 * i]);
    const Word flip = read_key(key_of(request.password), state_->key[lane]);
    for (std::size_t i = 0; i < subkeys; ++i) p[i] ^= state_->key[lane][i];
    if (request.variant == Variant::a) p[0] ^= flip;

    // ExpandKey with the salt: its halves are mixed in before each encryption, in turn.
    Halves<1> block;
    for (std::size_t i = 0; i < subkeys + 4 * 256; i += 2) {
        block.left[0] ^= state_->salt[lane][i % 4];
        block.right[0] ^= state_->salt[lane][i % 4 + 1];
        encrypt<1>(&sboxes, &p, block);
        Word* to = i < subkeys ? &p[i] : &sboxes[(i - subkeys) / 256][(i - subkeys) % 256];
        store(to, block.left[0], block.right[0]);
    }
}

void Lanes::run(std::size_t count, std::uint32_t iterations) {
    if (count == 0) return;
    iterate_lanes.at(count - 1)(state_->sboxes, state_->p, state_->key, state_->salt, iterations);
}

Digest Lanes::finish(std::size_t lane) {
    std::array<unsigned char, 24> text{};
    for (std::size_t pair = 0; pair < 3; ++pair) {
        Halves<1> block{{magic_text[2 * pair]}, {magic_text[2 * pair + 1]}};
        // The three blocks of the text do not depend on each other, so each is encrypted 64 times by itself.
        for (int times = 0; times < 64; ++times) encrypt<1>(&state_->sboxes[lane], &state_->p[lane], block);
        for (std::size_t i = 0; i < 4; ++i) {
            text[8 * pair + i] = static_cast<unsigned char>(block.left[0] >> (24 - 8 * i));
            text[8 * pair + 4 + i] = static_cast<unsigned char>(block.right[0] >> (24 - 8 * i));
        }
    }
    wipe(lane);
    Digest digest;  // the last byte is left out, as all of bcrypt has done since OpenBSD's first
    std::copy_n(text.begin(), digest.size(), digest.begin());
    explicit_bzero(text.data(), text.size());
    return digest;
}

void Lanes::move(std::size_t from, std::size_t to) {
    if (from == to) return;
    memcpy(state_->sboxes[to], state_->sboxes[from], sizeof state_->sboxes[to]);
    memcpy(state_->p[to], state_->p[from], sizeof state_->p[to]);
    memcpy(state_->key[to], state_->key[from], sizeof state_->key[to]);
    memcpy(state_->salt[to], state_->salt[from], sizeof state_->salt[to]);
    wipe(from);
}

void Lanes::wipe(std::size_t lane) {
    explicit_bzero(state_->sboxes[lane], sizeof state_->sboxes[lane]);
    explicit_bzero(state_->p[lane], sizeof state_->p[lane]);
    explicit_bzero(state_->key[lane], sizeof state_->key[lane]);
    explicit_bzero(state_->salt[lane], sizeof state_->salt[lane]);
}

bool Lanes::is_wiped(std::size_t lane) const {
    const auto zero = [](Word word) { return word == 0; };
    return std::all_of(&state_->sboxes[lane][0][0], &state_->sboxes[lane][0][0] + 4 * 256, zero) &&
           std::all_of(state_->p[lane], state_->p[lane] + subkeys, zero) &&
           std::all_of(state_->key[lane], state_->key[lane] + subkeys, zero) &&
           std::all_of(state_->salt[lane], state_->salt[lane] + 4, zero);
}

}  // namespace keyhold::crypto::bcrypt
