// SPDX-License-Identifier: Apache-2.0
#include "domain/adoption/account_import.hpp"

#include <algorithm>

#include "base/id.hpp"
#include "domain/accounts/called.hpp"

namespace keyhold::domain {

namespace {

// About 100 MB. The more of them are put in order together, the fewer pages of the index of names are written again.
constexpr std::size_t most_gathered = 250'000;

// Other writers wait while one batch is written: a quarter of a second of computing, and the disk's time.
constexpr std::size_t batch_size = 25'000;

constexpr std::string_view name_is_taken = "the name is taken by an account with another password hash or id";

}  // namespace

AccountImport::AccountImport(store::AccountStore* store, Roles* roles, store::Importing importing, const Clock& clock,
                             Random& random, crypto::HashSpeeds& speeds, Refused refused,
                             std::function<void()> batch_done)
    : store_(store),
      roles_(roles),
      importing_(importing),
      clock_(clock),
      random_(random),
      speeds_(speeds),
      refused_(std::move(refused)),
      batch_done_(std::move(batch_done)) {}

void AccountImport::add(std::int64_t line, const Record& record) {
    const Time now = clock_.now();
    auto imported = read_record(record, now, speeds_);
    if (!imported) return refuse(line, imported.error().detail());
    if (store_ != nullptr)
        if (auto spelled = spell(imported->account, store_->spelling()); !spelled)
            return refuse(line, spelled.error().fields().front().msg);
    if (!may_have(line, imported->roles)) return;
    if (importing_ == store::Importing::look) {
        constexpr std::hash<std::string> digest;
        // Digests of 8 bytes instead of the texts, as there may be millions of them. That two names have the same one
        // is unlikely, and only makes a look say less.
        const std::size_t password = digest(imported->account.password_hash);
        const auto [first, is_new] = seen_.emplace(digest(imported->account.name_key), password);
        if (!is_new && first->second != password) return refuse(line, name_is_taken);
        if (!is_new) {
            ++counts_.present;
            return;
        }
    }
    gathered_.push_back({line, std::move(*imported)});
    if (gathered_.size() == most_gathered) finish();
}

bool AccountImport::may_have(std::int64_t line, const std::vector<std::string>& roles) {
    if (roles.empty() || roles_ == nullptr) return true;
    auto known = of_roles_.find(roles);
    if (known == of_roles_.end())
        // Asked once for each combination, of which there are few.
        known = of_roles_.emplace(roles, roles_->check(roles, Roles::whoever_runs_the_server)).first;
    if (!known->second) refuse(line, known->second.error().detail());
    return known->second.ok();
}

void AccountImport::refuse(std::int64_t line, std::string_view reason) {
    ++counts_.refused;
    refused_(line, reason);
}

void AccountImport::finish() {
    put_in_order();
    while (!gathered_.empty()) {
        take_in(std::min(batch_size, gathered_.size()));
        batch_done_();
    }
}

// By name, and of the same name as they came; backwards, as they are taken from the end. Who gets an id of ours gets
// them in the same order: that index grows at its end alone.
void AccountImport::put_in_order() {
    std::ranges::stable_sort(gathered_, {},
                             [](const Gathered& one) -> const std::string& { return one.imported.account.name_key; });
    std::vector<std::string> ids(gathered_.size());
    const Time now = clock_.now();
    for (std::string& id : ids) id = make_id(now, random_);
    std::ranges::sort(ids);
    for (std::size_t i = 0; i < ids.size(); ++i)
        if (store::ImportedAccount& imported = gathered_[i].imported; !imported.keeps_id)
            imported.account.id = std::move(ids[i]);
    std::ranges::reverse(gathered_);
}

void AccountImport::take_in(std::size_t count_of_batch) {
    std::vector<store::ImportedAccount> batch;
    std::vector<std::int64_t> lines;
    batch.reserve(count_of_batch);
    for (; batch.size() < count_of_batch; gathered_.pop_back()) {
        batch.push_back(std::move(gathered_.back().imported));
        lines.push_back(gathered_.back().line);
    }
    const auto outcomes =
        // Without a store there is no database yet, so nothing can be in the way.
        store_ != nullptr ? store_->import(batch, importing_) : std::vector(batch.size(), store::Imported::added);
    for (std::size_t i = 0; i < outcomes.size(); ++i) count(lines[i], outcomes[i]);
}

void AccountImport::count(std::int64_t line, store::Imported outcome) {
    switch (outcome) {
        case store::Imported::added:
            ++counts_.added;
            return;
        case store::Imported::present:
            ++counts_.present;
            return;
        case store::Imported::name_taken:
            return refuse(line, name_is_taken);
        case store::Imported::id_taken:
            return refuse(line, "the id is taken by an account with another name");
        case store::Imported::address_taken:
            return refuse(line, "the e-mail address is another account's");
        case store::Imported::role_unknown:
            return refuse(line, "there is no such role");
    }
}

}  // namespace keyhold::domain
