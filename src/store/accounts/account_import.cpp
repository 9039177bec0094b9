// SPDX-License-Identifier: Apache-2.0
// AccountStore::import(): one question for all names of a batch, and one load, however many they are.
#include <algorithm>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "base/json.hpp"
#include "store/accounts/account_store.hpp"
#include "store/accounts/role_store.hpp"
#include "store/database/database.hpp"
#include "store/events/event_rows.hpp"

namespace keyhold::store {

namespace {

// Somebody may register between our look and our insert; the next look sees it.
constexpr int import_attempts = 5;

// What is read of the accounts that are there, by name, by address and by id.
struct NameRow {
    std::string name_key, id, password_hash;
};
KEYHOLD_ROW(NameRow, (name_key), (id), (password_hash))
struct AddressRow {
    std::string email_key;
};
KEYHOLD_ROW(AddressRow, (email_key))
struct IdRow {
    std::string id;
};
KEYHOLD_ROW(IdRow, (id))

// The accounts that have a name, an address or an id of a batch, and the roles that there are.
// Views into the batch and into texts that it keeps itself; both live until the batch is judged.
class ExistingAccounts {
public:
    explicit ExistingAccounts(std::size_t most) { by_name_.reserve(most); }

    void add(const ImportedAccount& imported) {
        const Account& account = imported.account;
        by_name_.emplace(account.name_key, Existing{account.id, account.password_hash});
        if (imported.keeps_id) ids_.insert(account.id);  // nobody else brings one that we made
        if (account.email_key) addresses_.insert(*account.email_key);
    }
    void add(const Role& role) { roles_.insert(keep(role.name)); }
    void add(const NameRow& row) {
        by_name_.emplace(keep(row.name_key), Existing{keep(row.id), keep(row.password_hash)});
    }
    void add(const AddressRow& row) { addresses_.insert(keep(row.email_key)); }
    void add(const IdRow& row) { ids_.insert(keep(row.id)); }

    // The name decides first: the same person who comes again is told that he is there, whatever else is taken.
    Imported judge(const ImportedAccount& imported) const {
        const Account& account = imported.account;
        const auto found = by_name_.find(account.name_key);
        if (found == by_name_.end()) {
            if (!std::ranges::all_of(imported.roles, [&](const std::string& role) { return roles_.contains(role); }))
                return Imported::role_unknown;
            if (imported.keeps_id && ids_.contains(account.id)) return Imported::id_taken;
            // Whoever is called as somebody's address is read would be found in that one's place.
            if (account.name_key != account.email_key && addresses_.contains(account.name_key))
                return Imported::name_taken;
            const bool is_taken =
                account.email_key && (addresses_.contains(*account.email_key) || by_name_.contains(*account.email_key));
            return is_taken ? Imported::address_taken : Imported::added;
        }
        const bool is_the_same = found->second.password_hash == account.password_hash &&
                                 (!imported.keeps_id || found->second.id == account.id);
        return is_the_same ? Imported::present : Imported::name_taken;
    }

private:
    struct Existing {
        std::string_view id, password_hash;
    };
    std::string_view keep(const std::string& text) { return texts_.emplace_back(text); }

    std::deque<std::string> texts_;
    std::unordered_map<std::string_view, Existing> by_name_;
    std::unordered_set<std::string_view> ids_, addresses_, roles_;
};

// The texts as one parameter, which Driver::listed takes apart again.
// As a JSON array, so that one statement and one parameter serve any number of texts.
class List {
public:
    List() : writer_(text_) { writer_.begin_array(); }
    void add(const std::string& text) {
        writer_.value(text);
        is_empty_ = false;
    }
    // The accounts whose `column` is one of them.
    template <Row T>
    void ask(Connection& connection, std::string_view column, ExistingAccounts& existing) {
        if (is_empty_) return;
        writer_.end_array();
        const std::string text = "SELECT " + std::string(columns_named<T>("a")) + " FROM " +
                                 std::string(connection.driver().listed) + " JOIN keyhold_accounts a ON a." +
                                 std::string(column) + " = listed.item";
        connection.prepare({text, "t", columns_read<T>})->run({text_}, [&](const Statement& row) {
            existing.add(read_rows<T>(row));
        });
    }

private:
    std::string text_;
    json::Writer writer_;
    bool is_empty_ = true;
};

bool have_roles(std::span<const ImportedAccount> imports) {
    return std::ranges::any_of(imports, [](const ImportedAccount& imported) { return !imported.roles.empty(); });
}

ExistingAccounts find_existing(Connection& connection, std::span<const ImportedAccount> imports) {
    List names, ids, addresses;
    for (const ImportedAccount& imported : imports) {
        names.add(imported.account.name_key);
        if (imported.keeps_id) ids.add(imported.account.id);
        if (imported.account.name_key.find('@') != std::string::npos) addresses.add(imported.account.name_key);
        if (!imported.account.email_key) continue;
        addresses.add(*imported.account.email_key);
        names.add(*imported.account.email_key);  // whoever is called so has it in the way of a log-in
    }
    ExistingAccounts existing(imports.size());
    // Ids first: an account that comes between the two questions is then found by its name, as what it is.
    ids.ask<IdRow>(connection, "id", existing);
    addresses.ask<AddressRow>(connection, "email_key", existing);
    names.ask<NameRow>(connection, "name_key", existing);
    if (have_roles(imports))
        for (const Role& role : read_roles(connection)) existing.add(role);
    return existing;
}

// Compares with the database alone, not with earlier ones of the batch: what is only looked at is not added.
std::vector<Imported> look(Connection& connection, std::span<const ImportedAccount> imports) {
    const ExistingAccounts existing = find_existing(connection, imports);
    std::vector<Imported> outcomes;
    for (const ImportedAccount& imported : imports) outcomes.push_back(existing.judge(imported));
    return outcomes;
}

std::vector<Imported> add(Connection& connection, std::span<const ImportedAccount> imports) {
    // Before accounts are looked at: everybody holds roles first and rows of accounts afterwards.
    if (have_roles(imports)) hold_roles(connection);
    ExistingAccounts existing = find_existing(connection, imports);
    std::vector<Imported> outcomes;
    Rows rows = rows_of<Account>("keyhold_accounts");
    for (const ImportedAccount& imported : imports) {
        outcomes.push_back(existing.judge(imported));
        if (outcomes.back() != Imported::added) continue;
        const auto values = bound(imported.account);
        // The values are views into the batch, which stays as it is until the load is over.
        rows.cells.insert(rows.cells.end(), values.begin(), values.end());
        // From here on the next ones of the batch see it.
        existing.add(imported);
    }
    if (rows.cells.empty()) return outcomes;
    connection.load(rows);
    record_event(connection, event_kind("imported"),
                 {.times = std::count(outcomes.begin(), outcomes.end(), Imported::added)});
    for (std::size_t i = 0; i < imports.size(); ++i)
        if (outcomes[i] == Imported::added && !imports[i].roles.empty())
            give_roles(connection, imports[i].account.id, imports[i].roles);
    return outcomes;
}

}  // namespace

std::vector<Imported> AccountStore::import(std::span<const ImportedAccount> imports, Importing importing) {
    if (importing == Importing::look)
        return database_->use(Intent::read, [&](Connection& connection) { return look(connection, imports); });
    for (int attempt = 1;; ++attempt) try {
            return database_->write([&](Connection& connection) { return add(connection, imports); });
        } catch (const NotUnique&) {
            if (attempt == import_attempts) throw;
        }
}

}  // namespace keyhold::store
