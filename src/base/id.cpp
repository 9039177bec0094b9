#include "base/id.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace keyhold {

std::string make_id(Time now, Random& random) {
    std::array<unsigned char, 16> bytes{};
    random.fill(std::span(bytes).subspan(6));
    const auto since_1970 = std::max(now.time_since_epoch(), Time::duration::zero());
    auto milliseconds = static_cast<std::uint64_t>(std::chrono::milliseconds(since_1970).count());
    for (std::size_t i = 6; i-- > 0; milliseconds >>= 8U) bytes[i] = static_cast<unsigned char>(milliseconds & 0xFFU);
    bytes[6] = static_cast<unsigned char>(0x70U | (bytes[6] & 0x0FU));  // version 7
    bytes[8] = static_cast<unsigned char>(0x80U | (bytes[8] & 0x3FU));  // the variant of RFC 9562 §4.1

    constexpr std::string_view hex = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += hex[bytes[i] >> 4U];
        text += hex[bytes[i] & 15U];
    }
    return text;
}

}  // namespace keyhold
