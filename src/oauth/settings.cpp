// SPDX-License-Identifier: Apache-2.0
#include "oauth/settings.hpp"

#include <array>

namespace keyhold::oauth {
namespace {

Result<> check(const Settings&) { return {}; }

// clang-format off
constexpr std::array rows{
    path_setting(setting<&Settings::ca_file>("oauth_ca_file", "", "Who may sign the certificates of clients that are told of log-outs, in PEM; empty: the system's authorities")),
};
// clang-format on

}  // namespace

const Section& section() {
    static const Section section =
        make_section<Settings, check>("oauth", "How OAuth clients are reached: [openid.md](openid.md).", rows);
    return section;
}

}  // namespace keyhold::oauth
