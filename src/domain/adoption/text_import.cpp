// SPDX-License-Identifier: Apache-2.0
#include "domain/adoption/text_import.hpp"

#include <sstream>

#include "domain/accounts/levels.hpp"
#include "domain/errors.hpp"

namespace keyhold::domain {

Result<TextImport::Outcome> TextImport::run(const Wanted& wanted, const Rights& giver) {
    constexpr std::size_t told = 50;  // lines that were refused
    // An import can bring accounts with any password and with roles.
    if (!is_owner(giver)) return only_an_owner();
    const bool writes = wanted.importing == store::Importing::write;
    if (writes && adopted_ != nullptr && !adopted_->takes_registrations()) return errors::import_elsewhere;
    std::istringstream text(wanted.text);
    auto records =
        wanted.format == Format::csv ? read_csv("-", text, wanted.names) : read_json_lines("-", text, wanted.names);
    if (!records) return std::move(records).error();
    Outcome outcome;
    // What a CSV holds stands in its header, so that it is known before anything is written.
    if (writes && !unclear_columns(**records, wanted.names).empty()) return errors::import_undecided;
    AccountImport import(
        stores_.accounts.get(), &roles_, wanted.importing, clock_, random_, speeds_,
        [&outcome](std::int64_t line, std::string_view reason) {
            if (outcome.refused.size() < told) outcome.refused.emplace_back(line, reason);
        },
        [] {});
    Record record;
    for (auto next = (*records)->next(record); next != Records::Next::end; next = (*records)->next(record)) {
        if (next == Records::Next::record)
            import.add((*records)->line(), record);
        else
            import.refuse((*records)->line(), (*records)->why());
    }
    import.finish();
    outcome.counts = import.counts();
    outcome.unread = (*records)->unread();
    outcome.unclear = unclear_columns(**records, wanted.names);
    return outcome;
}

}  // namespace keyhold::domain
