// SPDX-License-Identifier: Apache-2.0
#include "crypto/public_key_text.hpp"

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/openssl.hpp"

namespace keyhold::crypto {
namespace {

using Bio = std::unique_ptr<BIO, Free<BIO_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Decoder = std::unique_ptr<OSSL_DECODER_CTX, Free<OSSL_DECODER_CTX_free>>;

// By the decoder, as the functions that read "RSA PUBLIC KEY" alone are deprecated in OpenSSL 3.
PKey read_pkcs1(BIO* text) {
    EVP_PKEY* key = nullptr;
    const Decoder decoder(
        OSSL_DECODER_CTX_new_for_pkey(&key, "PEM", "type-specific", "RSA", EVP_PKEY_PUBLIC_KEY, nullptr, nullptr));
    if (decoder && OSSL_DECODER_from_bio(decoder.get(), text) == 1) return PKey(key);
    return nullptr;
}

}  // namespace

// PEM in, PEM out, so that whoever reads keys has one form to read.
std::optional<std::string> public_key_in(std::string_view pem) {
    if (pem.size() > 64 * 1024) return std::nullopt;  // as crypto/pkey.cpp reads no longer key
    const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    const Bio out(BIO_new(BIO_s_mem()));
    require(in && out, "BIO_new");
    PKey key;
    if (pem.find("-----BEGIN RSA PUBLIC KEY-----") != pem.npos) {
        key = read_pkcs1(in.get());
    } else if (const Certificate read{PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)}) {
        key.reset(X509_get_pubkey(read.get()));
    }
    const bool is_written = key && PEM_write_bio_PUBKEY(out.get(), key.get()) == 1;
    ERR_clear_error();
    if (!is_written) return std::nullopt;
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    return std::string(bytes, static_cast<std::size_t>(size));
}

}  // namespace keyhold::crypto
