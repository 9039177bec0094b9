#include "domain/account_import.hpp"

#include "base/id.hpp"

namespace keyhold::domain {

namespace {

// Other writers wait while one batch is written: a quarter of a second of computing, and the disk's time. The more in
// it, the fewer pages of the index of names are written again and again.
constexpr std::size_t batch_size = 25'000;

constexpr std::string_view name_is_taken = "the name is taken by an account with another password hash or id";

}  // namespace

AccountImport::AccountImport(store::AccountStore* store, store::Importing importing, const Clock& clock, Random& random,
                             Refused refused)
    : store_(store), importing_(importing), clock_(clock), random_(random), refused_(std::move(refused)) {
    batch_.reserve(batch_size);
    lines_.reserve(batch_size);
}

void AccountImport::add(std::int64_t line, const Record& record) {
    const Time now = clock_.now();
    auto newcomer = read_record(record, now);
    if (!newcomer) return refuse(line, newcomer.error().detail());
    if (importing_ == store::Importing::look) {
        constexpr std::hash<std::string> digest;
        const std::size_t password = digest(newcomer->account.password_hash);
        const auto [first, is_new] = seen_.emplace(digest(newcomer->account.name_key), password);
        if (!is_new && first->second != password) return refuse(line, name_is_taken);
        if (!is_new) {
            ++counts_.present;
            return;
        }
    }
    if (!newcomer->keeps_id) newcomer->account.id = make_id(now, random_);
    batch_.push_back(std::move(*newcomer));
    lines_.push_back(line);
    if (batch_.size() == batch_size) take_in();
}

void AccountImport::refuse(std::int64_t line, std::string_view reason) {
    ++counts_.refused;
    refused_(line, reason);
}

void AccountImport::finish() { take_in(); }

void AccountImport::take_in() {
    const auto outcomes =
        store_ != nullptr ? store_->import(batch_, importing_) : std::vector(batch_.size(), store::Imported::added);
    for (std::size_t i = 0; i < outcomes.size(); ++i) switch (outcomes[i]) {
            case store::Imported::added:
                ++counts_.added;
                break;
            case store::Imported::present:
                ++counts_.present;
                break;
            case store::Imported::name_taken:
                refuse(lines_[i], name_is_taken);
                break;
            case store::Imported::id_taken:
                refuse(lines_[i], "the id is taken by an account with another name");
                break;
        }
    batch_.clear();
    lines_.clear();
}

}  // namespace keyhold::domain
