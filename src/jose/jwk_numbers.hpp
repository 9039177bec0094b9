// SPDX-License-Identifier: Apache-2.0
// Which members of a JWK hold the numbers of an asymmetric key (RFC 7518 §6.2, §6.3, RFC 8037 §2); for those who read
// and write them.
#pragma once

#include <openssl/core_names.h>

#include <array>
#include <string_view>

namespace keyhold::jose {

// In the order of RFC 7638 §3.2 within each half.
// `openssl_name` is OpenSSL's (core_names.h). Which numbers are secret is said by `half`.
struct NumberRow {
    std::string_view kty;
    std::string_view member;
    const char* openssl_name;
    enum class Half { public_half, private_half, optional_private } half;
};
// clang-format off
inline constexpr std::array number_rows{
    NumberRow{"RSA", "e",  OSSL_PKEY_PARAM_RSA_E,            NumberRow::Half::public_half},
    NumberRow{"RSA", "n",  OSSL_PKEY_PARAM_RSA_N,            NumberRow::Half::public_half},
    NumberRow{"RSA", "d",  OSSL_PKEY_PARAM_RSA_D,            NumberRow::Half::private_half},
    NumberRow{"RSA", "p",  OSSL_PKEY_PARAM_RSA_FACTOR1,      NumberRow::Half::optional_private},
    NumberRow{"RSA", "q",  OSSL_PKEY_PARAM_RSA_FACTOR2,      NumberRow::Half::optional_private},
    NumberRow{"RSA", "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1,    NumberRow::Half::optional_private},
    NumberRow{"RSA", "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2,    NumberRow::Half::optional_private},
    NumberRow{"RSA", "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1, NumberRow::Half::optional_private},
    NumberRow{"EC",  "x",  OSSL_PKEY_PARAM_EC_PUB_X,         NumberRow::Half::public_half},
    NumberRow{"EC",  "y",  OSSL_PKEY_PARAM_EC_PUB_Y,         NumberRow::Half::public_half},
    NumberRow{"EC",  "d",  OSSL_PKEY_PARAM_PRIV_KEY,         NumberRow::Half::private_half},
    NumberRow{"OKP", "x",  OSSL_PKEY_PARAM_PUB_KEY,          NumberRow::Half::public_half},
    NumberRow{"OKP", "d",  OSSL_PKEY_PARAM_PRIV_KEY,         NumberRow::Half::private_half},
};
// clang-format on

}  // namespace keyhold::jose
