// SPDX-License-Identifier: Apache-2.0
#include "crypto/crypt_r.hpp"

#include <crypt.h>

#include <memory>

#include "base/secret.hpp"

namespace keyhold::crypto {

namespace {

struct WipeAndFree {
    void operator()(crypt_data* data) const {
        explicit_bzero(data, sizeof *data);
        delete data;
    }
};

}  // namespace

std::optional<std::string> call_crypt_r(std::string_view password, const std::string& setting) {
    if (password.find('\0') != std::string_view::npos) return std::nullopt;
    // A copy with a NUL at its end, wiped like crypt_data, in which libxcrypt leaves what it computed with.
    const Secret terminated{std::string(password)};
    const std::unique_ptr<crypt_data, WipeAndFree> data(new crypt_data{});
    const char* text = crypt_r(terminated.reveal().data(), setting.c_str(), data.get());
    // libxcrypt answers "*0" or "*1" where C would return a null pointer (crypt(3), "failure tokens").
    if (text == nullptr || text[0] == '*') return std::nullopt;
    return text;
}

}  // namespace keyhold::crypto
