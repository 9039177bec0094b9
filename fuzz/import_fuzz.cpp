// SPDX-License-Identifier: Apache-2.0
// Whatever file somebody wants to import, as CSV and as JSON lines: each record is read or refused, reading comes to an
// end, and no reason repeats a name or a hash.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "cli/tools/records.hpp"
#include "domain/adoption/account_record.hpp"

using namespace keyhold;

namespace {

using Read = Result<std::unique_ptr<cli::Records>> (*)(const std::string&, std::istream&, const cli::ColumnNames&);

// So fast that no hash is refused for its cost, and all of its parser is reached.
class Speeds final : public crypto::HashSpeeds {
    double nanoseconds_per_unit(crypto::Work::Kind) override { return 1; }
};

void check(Read read, const std::string& text) {
    std::istringstream input(text);
    const auto records = read("-", input, {.username = "u", .password = "p"});
    if (!records) return;
    domain::Record record;
    Speeds speeds;
    std::size_t count = 0;
    for (auto next = cli::Records::Next::record; next != cli::Records::Next::end;) {
        record = {};
        next = (*records)->next(record);
        if (next == cli::Records::Next::broken && (*records)->why().empty()) std::abort();
        if (next == cli::Records::Next::record) (void)domain::read_record(record, Time{}, speeds);
        // Each record takes a byte at least: more records than bytes would mean that reading does not end.
        if (++count > text.size() + 2) std::abort();
    }
    (void)(*records)->unread();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    check(cli::read_csv, text);
    check(cli::read_json_lines, text);
    return 0;
}
