// SPDX-License-Identifier: Apache-2.0
// Owners for OpenSSL's objects, and what happens when a call that cannot fail does. For .cpp files of crypto/.
#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace keyhold::crypto {

template <auto F>
struct Free {
    template <class T>
    void operator()(T* object) const {
        F(object);
    }
};

using MessageDigest = std::unique_ptr<EVP_MD, Free<EVP_MD_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using PKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using PKeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;

// For calls that fail only if memory or OpenSSL's providers are missing: throws std::runtime_error with `what`.
// What fails because of a stranger's input must not go through here, as it would become a 500.
inline void require(bool succeeded, const char* what) {
    if (!succeeded) throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

// For what reads PEM: OpenSSL asks the terminal for a passphrase otherwise.
inline int no_passphrase(char*, int, int, void*) { return -1; }

inline const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace keyhold::crypto
