// SPDX-License-Identifier: Apache-2.0
#include "http/routes/assets.hpp"

#include <array>

// The bytes: symbols of the generated assets.S.
#define KEYHOLD_ASSET(number, path, media_type, etag, gzip_etag, policy, lasting, plain_size, gzip_size) \
    extern "C" const char keyhold_asset_##number##_plain[plain_size];                                    \
    extern "C" const char keyhold_asset_##number##_gzip[gzip_size];
#include "assets_table.inc"
#undef KEYHOLD_ASSET

namespace keyhold::http {

// The build writes one KEYHOLD_ASSET line for each file; the two definitions of the macro make declarations and rows of
// it.
std::span<const Asset> assets() {
#define KEYHOLD_ASSET(number, path, media_type, etag, gzip_etag, policy, lasting, plain_size, gzip_size) \
    Asset{path,                                                                                          \
          media_type,                                                                                    \
          etag,                                                                                          \
          {keyhold_asset_##number##_gzip, gzip_size},                                                    \
          {keyhold_asset_##number##_plain, plain_size},                                                  \
          gzip_etag,                                                                                     \
          policy,                                                                                        \
          lasting},
    static constexpr std::array table{
#include "assets_table.inc"
    };
#undef KEYHOLD_ASSET
    return table;
}

}  // namespace keyhold::http
