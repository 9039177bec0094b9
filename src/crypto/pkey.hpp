// SPDX-License-Identifier: Apache-2.0
// Public-key pairs made from their numbers, and taken apart again; generated; read from PEM.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/openssl.hpp"

namespace keyhold::crypto {

// One number of a key under OpenSSL's name for it (core_names.h): unsigned and big-endian, or, for Ed25519's
// keys, octets.
// The view has to hold during make_pkey(), which copies. Numbers are kept in memory that OpenSSL wipes.
struct Component {
    const char* name;
    std::string_view bytes;
};

// `type` is OpenSSL's: "RSA", "EC", "ED25519"; `group` is a curve as OpenSSL calls it ("prime256v1"), empty unless this
// is EC. With "priv" (EC, Ed25519) or "d" (RSA) among the components it can sign. Empty if the numbers make no key, as
// when a point is not on its curve.
PKey make_pkey(const char* type, std::string_view group, const std::vector<Component>& components, bool with_private);

// The value of one component, big-endian and filled up to `width` bytes (0: as short as it goes); empty if the
// key has none of that name.
std::optional<std::string> number_of(const EVP_PKEY& key, const char* name, std::size_t width);
// The same of a component that is octets and no number, at most 256 bytes of it.
std::optional<std::string> octets_of(const EVP_PKEY& key, const char* name);

// An EC point as it goes into make_pkey(): SEC 1 §2.3.3, uncompressed.
std::string uncompressed_point(std::string_view x, std::string_view y);

// A new pair; RSA with 2048 bits and e = 65537.
PKey generate_pkey(const char* type, const char* group);

// A PEM text that holds one private key (PKCS #8 or traditional, not encrypted) or one public key. Empty otherwise.
struct PemKey {
    PKey key;
    bool is_private;
};
// Where the text holds both, the private key counts.
std::optional<PemKey> read_pem(std::string_view text);

}  // namespace keyhold::crypto
