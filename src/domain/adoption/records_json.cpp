// SPDX-License-Identifier: Apache-2.0
// JSON, one object in each line.
#include <set>

#include "base/json.hpp"
#include "domain/accounts/lock_out_words.hpp"
#include "domain/adoption/record_lines.hpp"
#include "domain/adoption/records.hpp"

namespace keyhold::domain {
namespace {

class JsonLines final : public Records {
public:
    explicit JsonLines(ColumnNames names) : names_(std::move(names)) {}
    Result<> open(const std::string& path, std::istream& standard_input) { return lines_.open(path, standard_input); }

    Next next(Record& record) override {
        do {
            if (!lines_.next(text_)) return Next::end;
        } while (text_.find_first_not_of(" \t") == text_.npos);
        why_.clear();
        for (auto& field : record) field.reset();
        ranks_.fill(0);
        read(record);
        return why_.empty() ? Next::record : Next::broken;
    }
    const std::string& why() const override { return why_; }
    std::int64_t line() const override { return lines_.number(); }
    std::int64_t position() const override { return lines_.position(); }
    std::int64_t total() const override { return lines_.total(); }
    std::vector<std::string> unread() const override { return {unread_.begin(), unread_.end()}; }

private:
    void read(Record& record) {
        const auto object = document_.parse(text_);
        if (!object) {
            why_ = "it is not JSON: " + document_.error().reason;
            return;
        }
        if (!object->is_object()) {
            why_ = "it is not a JSON object";
            return;
        }
        // Django's serialisation: {"model": "auth.user", "pk": 1, "fields": {"username": ...}}
        const auto fields = object->find("model") ? object->find("fields") : std::nullopt;
        const json::Value members = fields && fields->is_object() ? *fields : *object;
        for (auto member = members.first(); member && why_.empty(); member = member->next()) take(record, *member);
    }

    void take(Record& record, const json::Value& member) {
        const auto named = names_.find(member.name());
        if (!named) {
            const bool is_unclear = lock_out_word(member.name()) == LockOutWord::unclear;
            // Each line may have other members, so this cannot be decided at the header as for CSV.
            if (is_unclear && !names_.is_decided())
                why_ = "'" + std::string(member.name()) +
                       "' may lock out: say --disabled-column or --active-column "
                       "and a name, or --everybody-may-log-in";
            if (unread_.size() < most_unread) unread_.emplace(member.name());
            return;
        }
        std::size_t& rank = ranks_[static_cast<std::size_t>(named->column)];
        // The member of the lower rank is meant, whichever comes first in the object.
        if (!is_lock(named->column) && rank != 0 && rank < named->rank + 1) return;
        rank = named->rank + 1;
        std::optional<std::string> field;
        if (const auto text = member.string())
            field = *text;
        else if (const auto number = member.integer())
            field = std::to_string(*number);
        else if (const auto boolean = member.boolean())
            field = *boolean ? "true" : "false";
        else if (member.type() != json::Type::null)
            why_ = "a member is of the wrong type";
        if (is_lock(named->column))
            add_lock(record, named->column, field.value_or(""));
        else
            at(record, named->column) = std::move(field);
    }

    static constexpr std::size_t most_unread = 32;
    const ColumnNames names_;
    Lines lines_;
    json::Document document_;
    std::string text_, why_;
    std::array<std::size_t, std::tuple_size_v<Record>> ranks_{};  // of the member that was taken, and one; 0: none yet
    std::set<std::string> unread_;
};

}  // namespace

Result<std::unique_ptr<Records>> read_json_lines(const std::string& path, std::istream& standard_input,
                                                 const ColumnNames& names) {
    auto lines = std::make_unique<JsonLines>(names);
    if (auto opened = lines->open(path, standard_input); !opened) return std::move(opened).error();
    return std::unique_ptr<Records>(std::move(lines));
}

}  // namespace keyhold::domain
