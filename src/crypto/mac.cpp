// SPDX-License-Identifier: Apache-2.0
// The two halves of HMAC are hashed as far as the key goes once; a call copies both states and goes on from
// there. 150 bytes under SHA-256 with OpenSSL 3.0 on the reference machine, other work going on beside it:
//   EVP_MAC re-initialised without a key   430 to 600 ns
//   a pair of EVP_MD_CTX, copied           350 to 430 ns (a copy allocates, and counts references atomically)
//   a pair of SHA256_CTX, copied           195 to 220 ns
// A token is to be verified in 600 ns, so it is the third. OpenSSL 3 calls these functions deprecated (it wants new
// code to go through EVP); they run the same assembly as EVP does.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/mac.hpp"

#include <openssl/crypto.h>
#include <string>

#include "crypto/digest.hpp"
#include "crypto/equal.hpp"
#include "crypto/openssl.hpp"
#include "crypto/sha2.hpp"

namespace keyhold::crypto {

// HMAC's state after the key.
// Virtual, because the digest is a setting: one call through a pointer is nothing beside the hash.
class KeyedHash {
public:
    virtual ~KeyedHash() = default;
    virtual std::size_t size() const = 0;
    virtual void compute(std::string_view message, unsigned char* out) const = 0;
};

namespace {

template <class Hash>
class Keyed final : public KeyedHash {
public:
    explicit Keyed(std::string_view secret) {
        // RFC 2104 §2: a key longer than a block is replaced by its digest.
        std::string key = secret.size() > Hash::block ? digest(Hash::name, secret) : std::string(secret);
        inner_ = after(key, 0x36);
        outer_ = after(key, 0x5C);
        OPENSSL_cleanse(key.data(), key.size());
    }
    ~Keyed() override {
        OPENSSL_cleanse(&inner_, sizeof inner_);
        OPENSSL_cleanse(&outer_, sizeof outer_);
    }
    Keyed(const Keyed&) = delete;
    Keyed& operator=(const Keyed&) = delete;

    std::size_t size() const override { return Hash::size; }
    void compute(std::string_view message, unsigned char* out) const override {
        typename Hash::State state = inner_;
        // RFC 2104 §2: H(key XOR opad, H(key XOR ipad, message)); the inner digest is put where the outer one is
        // wanted.
        bool hashed = Hash::update(&state, message.data(), message.size()) == 1 && Hash::final(out, &state) == 1;
        state = outer_;
        hashed = hashed && Hash::update(&state, out, Hash::size) == 1 && Hash::final(out, &state) == 1;
        require(hashed, "HMAC");
    }

private:
    // RFC 2104 §2: the state after the key, filled up with zeros to a block, XOR `pad`.
    static typename Hash::State after(std::string_view key, char pad) {
        std::string block(Hash::block, pad);
        for (std::size_t i = 0; i < key.size(); ++i) block[i] = static_cast<char>(block[i] ^ key[i]);
        typename Hash::State state;
        require(Hash::init(&state) == 1 && Hash::update(&state, block.data(), block.size()) == 1, "HMAC key");
        OPENSSL_cleanse(block.data(), block.size());
        return state;
    }
    typename Hash::State inner_;
    typename Hash::State outer_;
};

std::unique_ptr<const KeyedHash> make_keyed(std::string_view name, std::string_view secret) {
    return with_sha2(name, [&]<class Hash>(Hash) -> std::unique_ptr<const KeyedHash> {
        return std::make_unique<const Keyed<Hash>>(secret);
    });
}

}  // namespace

Mac::Mac(std::string_view digest, std::string_view secret) : state_(make_keyed(digest, secret)) {}
Mac::Mac(Mac&&) noexcept = default;
Mac& Mac::operator=(Mac&&) noexcept = default;
Mac::~Mac() = default;

std::size_t Mac::size() const { return state_->size(); }

std::array<char, Mac::max_size> Mac::compute(std::string_view message) const {
    std::array<char, max_size> code{};
    state_->compute(message, reinterpret_cast<unsigned char*>(code.data()));
    return code;
}

bool Mac::verify(std::string_view message, std::string_view code) const {
    const auto right = compute(message);
    return equal({right.data(), size()}, code);
}

}  // namespace keyhold::crypto
