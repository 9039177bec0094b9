// SPDX-License-Identifier: Apache-2.0
// Signatures that C2SP's Wycheproof says are good or not (tests/data/jose/wycheproof.json; each row names its file and
// number there).
#include <gtest/gtest.h>

#include "fixtures.hpp"

namespace keyhold::jose {
namespace {

using namespace test;

std::string bytes_of_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return bytes;
}

TEST(Wycheproof, signatures_are_judged_as_published) {
    json::Document document;
    const auto rows = document.parse(read_data("wycheproof.json"));
    ASSERT_TRUE(rows) << document.error().reason;
    ASSERT_EQ(rows->size(), 8U);
    for (auto row = rows->first(); row; row = row->next()) {
        const auto text = [&](const char* name) { return std::string(*row->find(name)->string()); };
        SCOPED_TRACE(text("source"));
        const auto key = Key::from_pem(text("pem"), find_algorithm(text("alg")));
        ASSERT_TRUE(key) << key.error().detail();
        EXPECT_EQ(key->verify(bytes_of_hex(text("message")), bytes_of_hex(text("signature"))),
                  *row->find("valid")->boolean());
    }
}

}  // namespace
}  // namespace keyhold::jose
