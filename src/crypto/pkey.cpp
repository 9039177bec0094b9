// SPDX-License-Identifier: Apache-2.0
#include "crypto/pkey.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <climits>
#include <cstring>

namespace keyhold::crypto {
namespace {

using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

// PUB is an encoded point or octets, PRIV a number for EC but octets for Edwards curves; those of RSA are numbers.
bool is_octets(const char* type, const char* name) {
    if (std::strcmp(name, OSSL_PKEY_PARAM_PUB_KEY) == 0) return true;
    return std::strcmp(name, OSSL_PKEY_PARAM_PRIV_KEY) == 0 && std::strcmp(type, "EC") != 0;
}

}  // namespace

// By OSSL_PARAM, as the functions that set numbers one by one are deprecated in OpenSSL 3.
PKey make_pkey(const char* type, std::string_view group, const std::vector<Component>& components, bool with_private) {
    const ParamBuilder builder(OSSL_PARAM_BLD_new());
    require(builder != nullptr, "OSSL_PARAM_BLD_new");
    if (!group.empty())
        require(
            OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()) == 1,
            "a group's name");
    std::vector<BigNumber> numbers;  // the builder reads them when it makes its array
    for (const Component& component : components) {
        if (is_octets(type, component.name)) {
            require(OSSL_PARAM_BLD_push_octet_string(builder.get(), component.name, component.bytes.data(),
                                                     component.bytes.size()) == 1,
                    "octets");
            continue;
        }
        if (component.bytes.size() > INT_MAX) return nullptr;
        numbers.emplace_back(BN_secure_new());
        require(numbers.back() && BN_bin2bn(bytes_of(component.bytes), static_cast<int>(component.bytes.size()),
                                            numbers.back().get()) != nullptr,
                "a number");
        require(OSSL_PARAM_BLD_push_BN(builder.get(), component.name, numbers.back().get()) == 1, "a number");
    }
    const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
    const PKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    require(params && context && EVP_PKEY_fromdata_init(context.get()) == 1, "EVP_PKEY_fromdata_init");
    EVP_PKEY* made = nullptr;
    const int selection = with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    // False for a stranger's numbers that make no key, which is no error of ours: the queue of errors is cleared.
    const bool is_key = EVP_PKEY_fromdata(context.get(), &made, selection, params.get()) == 1;
    ERR_clear_error();
    return is_key ? PKey(made) : nullptr;
}

std::optional<std::string> number_of(const EVP_PKEY& key, const char* name, std::size_t width) {
    BIGNUM* read = nullptr;
    const bool found = EVP_PKEY_get_bn_param(&key, name, &read) == 1;
    const BigNumber number(read);
    ERR_clear_error();
    if (!found) return std::nullopt;
    if (width == 0) width = static_cast<std::size_t>(BN_num_bytes(number.get()));
    std::string bytes(width, '\0');
    require(BN_bn2binpad(number.get(), bytes_of(bytes), static_cast<int>(width)) == static_cast<int>(width),
            "a number's width");
    return bytes;
}

std::optional<std::string> octets_of(const EVP_PKEY& key, const char* name) {
    std::string bytes(256, '\0');
    std::size_t size = 0;
    const bool found = EVP_PKEY_get_octet_string_param(&key, name, bytes_of(bytes), bytes.size(), &size) == 1;
    ERR_clear_error();
    if (!found) return std::nullopt;
    bytes.resize(size);
    return bytes;
}

std::string uncompressed_point(std::string_view x, std::string_view y) {
    std::string point(1, '\x04');
    point += x;
    point += y;
    return point;
}

PKey generate_pkey(const char* type, const char* group) {
    const PKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    require(context && EVP_PKEY_keygen_init(context.get()) == 1, "EVP_PKEY_keygen_init");
    if (*group != '\0') require(EVP_PKEY_CTX_set_group_name(context.get(), group) == 1, "to choose a curve");
    EVP_PKEY* made = nullptr;
    require(EVP_PKEY_generate(context.get(), &made) == 1, "to generate a key");
    return PKey(made);
}

std::optional<PemKey> read_pem(std::string_view text) {
    if (text.size() > 64 * 1024) return std::nullopt;  // a 16384-bit RSA key takes 13 KiB
    const auto size = static_cast<int>(text.size());
    const Bio as_private(BIO_new_mem_buf(text.data(), size));
    const Bio as_public(BIO_new_mem_buf(text.data(), size));
    require(as_private && as_public, "BIO_new_mem_buf");
    PKey key(PEM_read_bio_PrivateKey(as_private.get(), nullptr, no_passphrase, nullptr));
    const bool is_private = key != nullptr;
    if (!key) key.reset(PEM_read_bio_PUBKEY(as_public.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    if (!key) return std::nullopt;
    return PemKey{std::move(key), is_private};
}

}  // namespace keyhold::crypto
