// SPDX-License-Identifier: Apache-2.0
// Keys that sign and verify: one key has one algorithm (RFC 8725 §3.1).
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

namespace keyhold::jose {

struct Algorithm;  // algorithm.hpp, which the many who only hold keys do without: a new row compiles less anew

// A handle to a state that does not change: share() copies the handle, and any number of threads may sign and verify
// with it.
class Key {
public:
    // Refused: key_weak for an empty secret. (RFC 7518 §3.2 asks for min_key_size bytes: the caller decides,
    // as the tutorial's secret has 15; see `is_short()`.) key_malformed if `algorithm` is not an HMAC, and for the
    // text of a key in PEM or of SSH, which is no secret.
    static Result<Key> from_secret(const Algorithm& algorithm, std::string_view secret, std::string kid = {});

    // RFC 7517, a public or a private key. `named` is the algorithm of a key that has no `alg`; without either,
    // the curve decides for EC and OKP, and RSA and oct are refused.
    // Refused: key_malformed with a detail that names the member: absent, of the wrong type or length, not
    // canonical base64url, a number with leading zeros, a point off its curve, halves that do not belong
    // together, `use` other than "sig", `key_ops` with neither "sign" nor "verify", with a value twice or at odds
    // with `use`, `alg` of another key type.
    // key_weak: RSA under 2048 bits, with a public exponent that is even or 1, a modulus with a small factor or one
    // that ROCA (CVE-2017-15361) takes apart; an Ed25519 point of small order; oct shorter than `alg` asks.
    static Result<Key> from_jwk(const json::Value& jwk, const Algorithm* named = nullptr);

    // One key in PEM: a private one (PKCS #8, PKCS #1 or SEC 1, not encrypted) or a public one
    // (SubjectPublicKeyInfo). `named` and what is refused as in from_jwk(); key_malformed names what was given if it is
    // none. An RSASSA-PSS key (RFC 4055) may say itself with which digest it is used.
    static Result<Key> from_pem(std::string_view pem, const Algorithm* named = nullptr, std::string kid = {});

    // Whether it may be used with that algorithm: of its type, and not forbidden by the key's own parameters.
    bool fits(const Algorithm& algorithm) const;
    // The same pair under another algorithm of its type. Throws std::logic_error for one of another type, and for a
    // symmetric key, which does not keep its secret.
    Key under(const Algorithm& algorithm) const;
    // The same pair under another name. Throws std::logic_error for a symmetric key.
    Key named(std::string kid) const;

    // A new key pair whose `kid` is its thumbprint; RSA with 2048 bits. Throws std::logic_error for an HMAC.
    static Key generate(const Algorithm& algorithm);
    static Key generate_es256();

    const Algorithm& algorithm() const;
    const std::string& kid() const;  // may be empty
    bool is_short() const;           // an HMAC key below its algorithm's min_key_size
    bool is_symmetric() const;
    bool can_sign() const;    // has a private half, or is symmetric, and its `key_ops` allow it
    bool can_verify() const;  // its `key_ops` allow it

    // A signature of another size is refused without looking at it.
    std::size_t signature_size() const;  // bytes of every signature under this key

    // Both: any number of threads at once.
    std::string sign(std::string_view input) const;                         // raw bytes; throws if !can_sign()
    bool verify(std::string_view input, std::string_view signature) const;  // constant time for HMAC

    // From now on verify() remembers up to `count` good signatures (rounded up to a power of two; 16 bytes each), the
    // younger in place of the older: a token that comes again costs a hash. What is refused is never remembered.
    // Gone with the last Key that shares it. An HMAC costs little more than that: such a key remembers nothing.
    // Call it before other threads have the key. Throws std::invalid_argument for 0 and for more than 16,777,216.
    void remember_signatures(std::size_t count);

    // The same key once more, with the same memory of signatures; costs a reference count. For a KeySet that is made
    // anew while its predecessor is still in use.
    Key share() const { return Key(state_); }

    // The members of the public half with `alg`, `use` and `kid`. Throws std::logic_error for a symmetric key,
    // which has none.
    std::string public_jwk() const;
    // All of it; a symmetric key does not keep its secret: throws std::logic_error.
    Secret private_jwk() const;
    // RFC 7638 with SHA-256, in base64url. Throws std::logic_error for a symmetric key: its thumbprint would let
    // anybody test guesses of the secret (RFC 7638 §7).
    std::string thumbprint() const;

    Key(Key&&) noexcept;
    Key& operator=(Key&&) noexcept;
    ~Key();

private:
    struct State;
    explicit Key(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;  // not changed once other threads have the key
};

// The keys a reader trusts, in order; the first one signs. Not changed while it is read.
// Filled by one thread, then shared. A set that changes is made anew and takes the other one's place, so pointers into
// it hold as long as the set.
class KeySet {
public:
    // The text of a JWK, of a JWK Set (RFC 7517 §5), or of an object whose members are certificates in PEM by their
    // `kid`, as Google publishes them. In a set, keys that we cannot use are passed over as the RFC says, unless none
    // is left. A key that names no algorithm stands for one key per algorithm that its type and strength fit, or for
    // `named` alone. Refused: key_malformed, key_weak; key_malformed also for a set that mixes secrets with keys of
    // pairs (one of them is in the wrong place, and sets are for publishing) or holds two keys of one `kid` and
    // algorithm.
    static Result<KeySet> parse(std::string_view jwk_or_set, const Algorithm* named = nullptr);

    // The one key of a text in PEM, as Key::from_pem() reads it, under `named` or every algorithm that it fits; or that
    // of a certificate (RFC 7468 §5), the first one, or of a public key as PKCS #1 has it.
    static Result<KeySet> parse_pem(std::string_view pem, const Algorithm* named = nullptr, std::string kid = {});

    void add(Key key) { keys_.push_back(std::move(key)); }
    const std::vector<Key>& keys() const { return keys_; }
    bool empty() const { return keys_.empty(); }
    // Not of an empty set.
    const Key& signing() const { return keys_.front(); }

    // Key::remember_signatures() of each.
    void remember_signatures(std::size_t count);

    // The first key for a header, or the next one behind `after`: its `alg` must be the key's, its `kid` too where
    // both have one. Null if there is none.
    const Key* find(std::string_view alg, std::optional<std::string_view> kid, const Key* after = nullptr) const;

    // {"keys":[...]} of the public keys in it; symmetric ones are left out.
    std::string public_jwks() const;

private:
    // One key of a set, under each algorithm that it fits.
    Result<> add_jwk(const json::Value& jwk, const Algorithm* named);
    static Result<KeySet> parse_certificates(const json::Value& by_kid, const Algorithm* named);
    // Of a pair; the Keys share the numbers.
    void add_under_every_algorithm(const Key& key);

    std::vector<Key> keys_;
};

}  // namespace keyhold::jose
