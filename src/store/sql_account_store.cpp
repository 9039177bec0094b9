#include "store/sql_account_store.hpp"

#include <algorithm>

namespace keyhold::store {

namespace {

// What account_of() reads.
#define KEYHOLD_ACCOUNT_COLUMNS "id, username, name_key, password_hash, disabled, created_at"
constexpr std::string_view account_types = "ttttii";

constexpr Sql insert{"INSERT INTO keyhold_accounts (" KEYHOLD_ACCOUNT_COLUMNS ") VALUES (:a, :b, :c, :d, :e, :f)",
                     "ttttii", ""};
constexpr Sql select_by_id{"SELECT " KEYHOLD_ACCOUNT_COLUMNS " FROM keyhold_accounts WHERE id = :a", "t",
                           account_types};
constexpr Sql select_by_name_key{"SELECT " KEYHOLD_ACCOUNT_COLUMNS " FROM keyhold_accounts WHERE name_key = :a", "t",
                                 account_types};
constexpr Sql select_page{"SELECT " KEYHOLD_ACCOUNT_COLUMNS
                          " FROM keyhold_accounts WHERE name_key > :a ORDER BY name_key LIMIT :b",
                          "ti", account_types};
constexpr Sql update_hash{"UPDATE keyhold_accounts SET password_hash = :a WHERE id = :b AND password_hash = :c", "ttt",
                          ""};
constexpr Sql update_disabled{"UPDATE keyhold_accounts SET disabled = :a WHERE id = :b", "it", ""};
constexpr Sql delete_by_id{"DELETE FROM keyhold_accounts WHERE id = :a", "t", ""};
#undef KEYHOLD_ACCOUNT_COLUMNS

Account account_of(const Statement& row) {
    return {.id = row.text(0),
            .username = row.text(1),
            .name_key = row.text(2),
            .password_hash = row.text(3),
            .disabled = row.integer(4) != 0,
            .created_at = Time(std::chrono::seconds(row.integer(5)))};
}

bool holds_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

}  // namespace

Result<> SqlAccountStore::create(const Account& account) {
    try {
        database_->use(Intent::write, [&](Connection& connection) {
            return connection.statement(insert).run({account.id, account.username, account.name_key, account.password_hash,
                                                  std::int64_t{account.disabled},
                                                  account.created_at.time_since_epoch().count()});
        });
    } catch (const NotUnique&) {
        return Errc::username_taken;
    }
    return {};
}

std::optional<Account> SqlAccountStore::find(const Sql& sql, std::string_view text) {
    if (holds_nul(text)) return std::nullopt;  // none is ever stored
    return database_->use(Intent::read, [&](Connection& connection) {
        std::optional<Account> found;
        connection.statement(sql).run({text}, [&](const Statement& row) { found = account_of(row); });
        return found;
    });
}

std::optional<Account> SqlAccountStore::find_by_id(std::string_view id) { return find(select_by_id, id); }

std::optional<Account> SqlAccountStore::find_by_name_key(std::string_view name_key) {
    return find(select_by_name_key, name_key);
}

AccountPage SqlAccountStore::list(std::string_view after, int limit) {
    if (holds_nul(after)) after = after.substr(0, after.find('\0'));
    const auto wanted = static_cast<std::size_t>(std::clamp(limit, 1, 1000));
    return database_->use(Intent::read, [&](Connection& connection) {
        AccountPage page;
        const auto with_one_more = static_cast<std::int64_t>(wanted) + 1;  // tells whether there is a next page
        connection.statement(select_page).run({after, with_one_more}, [&](const Statement& row) {
            page.accounts.push_back(account_of(row));
        });
        if (page.accounts.size() <= wanted) return page;
        page.accounts.pop_back();
        page.next = page.accounts.back().name_key;
        return page;
    });
}

bool SqlAccountStore::replace_password_hash(std::string_view id, std::string_view expected,
                                            std::string_view replacement) {
    return database_->use(Intent::write, [&](Connection& connection) {
        return connection.statement(update_hash).run({replacement, id, expected}) == 1;
    });
}

// Rings also when the outcome is unknown: an I/O error at COMMIT may leave the change in place.
bool SqlAccountStore::take_back(const Sql& sql, std::initializer_list<Parameter> parameters) {
    struct Ring {
        Doorbell& doorbell;
        ~Ring() { doorbell.ring(); }
    } const after_the_commit{database_->doorbell()};
    return database_->use(Intent::write, [&](Connection& connection) { return connection.statement(sql).run(parameters) == 1; });
}

bool SqlAccountStore::set_disabled(std::string_view id, bool disabled) {
    return take_back(update_disabled, {std::int64_t{disabled}, id});
}

bool SqlAccountStore::remove(std::string_view id) { return take_back(delete_by_id, {id}); }

Result<std::unique_ptr<AccountStore>> open_store(std::string_view url, const DatabaseOptions& options) {
    auto database = Database::open(url, options);
    if (!database) return std::move(database).error();
    return std::unique_ptr<AccountStore>(
        std::make_unique<SqlAccountStore>(std::shared_ptr<Database>(std::move(*database))));
}

}  // namespace keyhold::store
