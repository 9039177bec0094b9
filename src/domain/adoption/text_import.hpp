// SPDX-License-Identifier: Apache-2.0
// Users of another application whom an owner pastes into a page: looked at first, taken in then. Files that are larger
// than a request are for `keyhold import`.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "crypto/hash_work.hpp"
#include "domain/accounts/roles.hpp"
#include "domain/adoption/account_import.hpp"
#include "domain/adoption/adopted_accounts.hpp"
#include "domain/adoption/records.hpp"
#include "keyhold/rights.hpp"
#include "store/stores.hpp"

namespace keyhold::domain {

// Any thread.
// All references must outlive it. Throws Unavailable.
class TextImport {
public:
    // `adopted`: the accounts, if they are another application's too; else null.
    TextImport(const store::Stores& stores, const AdoptedAccounts* adopted, Roles& roles, crypto::HashSpeeds& speeds,
               const Clock& clock, Random& random)
        : stores_(stores), adopted_(adopted), roles_(roles), speeds_(speeds), clock_(clock), random_(random) {}

    enum class Format : std::uint8_t { csv, json_lines };
    struct Wanted {
        Format format = Format::csv;
        std::string text;
        ColumnNames names;
        store::Importing importing = store::Importing::look;
    };
    struct Outcome {
        AccountImport::Counts counts;
        std::vector<std::pair<std::int64_t, std::string>> refused;  // lines and reasons, the first of them
        std::vector<std::string> unread;                            // columns
        std::vector<std::string> unclear;                           // of them, what somebody has to decide about
    };
    // Refused: rights_exceeded, if the giver is no owner; malformed, with what is wrong with the header;
    // import_undecided, if something is to be written and columns are unclear; import_elsewhere, if people register at
    // the adopted application alone.
    Result<Outcome> run(const Wanted& wanted, const Rights& giver);

private:
    const store::Stores& stores_;
    const AdoptedAccounts* const adopted_;
    Roles& roles_;
    crypto::HashSpeeds& speeds_;
    const Clock& clock_;
    Random& random_;
};

}  // namespace keyhold::domain
