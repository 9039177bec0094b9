// Keys that sign and verify: one key has one algorithm (RFC 8725 §3.1).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"
#include "jose/algorithm.hpp"

namespace keyhold::jose {

class Key {
public:
    // Refused: key_weak for an empty secret. (RFC 7518 §3.2 asks for min_key_size bytes: the caller decides,
    // as the tutorial's secret has 15; see `is_short()`.)
    static Result<Key> from_secret(const Algorithm& algorithm, std::string_view secret, std::string kid = {});
    // RFC 7517. Refused: key_malformed with a detail that names the member; key_weak.
    static Result<Key> from_jwk(const json::Value& jwk);

    const Algorithm& algorithm() const;
    const std::string& kid() const;  // may be empty
    bool is_short() const;           // an HMAC key below its algorithm's min_key_size

    std::string sign(std::string_view input) const;                             // raw bytes
    bool verify(std::string_view input, std::string_view signature) const;      // constant time for HMAC

    Key(Key&&) noexcept;
    Key& operator=(Key&&) noexcept;
    ~Key();

private:
    struct State;
    explicit Key(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// The keys a reader trusts, in order; the first one signs. Not changed while it is read.
class KeySet {
public:
    void add(Key key) { keys_.push_back(std::move(key)); }
    const std::vector<Key>& keys() const { return keys_; }
    const Key& signing() const { return keys_.front(); }
    // The key for a header: its `alg` must be the key's, its `kid` too where both have one.
    const Key* find(std::string_view alg, std::string_view kid) const;

private:
    std::vector<Key> keys_;
};

}  // namespace keyhold::jose
