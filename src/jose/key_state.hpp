// SPDX-License-Identifier: Apache-2.0
// What a Key holds; known to key.cpp, key_check.cpp, jwk.cpp and jwk_write.cpp alone.
#pragma once

#include <optional>

#include "crypto/mac.hpp"
#include "crypto/pkey.hpp"
#include "crypto/signature.hpp"
#include "jose/algorithm.hpp"
#include "jose/key.hpp"
#include "jose/signature_memory.hpp"

namespace keyhold::jose {

// Either `mac` or `pkey` is there, as the algorithm's type of key says.
struct Key::State {
    const Algorithm* algorithm = nullptr;
    std::string kid;
    std::optional<crypto::Mac> mac;  // symmetric keys
    crypto::PKey pkey;               // all others
    std::size_t signature_size = 0;  // bytes
    bool is_short = false;
    bool can_sign = false;
    bool can_verify = true;
    std::optional<SignatureMemory> remembered;  // only where asked for, and never beside `mac`
};

// How the algorithm signs, in the words of crypto/.
crypto::Scheme scheme_of(const Algorithm& algorithm);

// What a JWK and a PEM must both pass. Refused: key_weak, key_malformed.
Result<> check_pkey(const crypto::PKey& pkey, const KeyTypeRow& row, bool has_private);

// Bytes of every signature under this key.
std::size_t signature_size_of(const Algorithm& algorithm, const crypto::PKey& pkey);

// The algorithm of a key: `alg` if it has one, else `named`, else what its curve decides. Refused: key_malformed.
Result<const Algorithm*> choose_algorithm(const KeyTypeRow& row, std::optional<std::string_view> alg,
                                          const Algorithm* named);

}  // namespace keyhold::jose
