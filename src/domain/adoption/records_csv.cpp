// SPDX-License-Identifier: Apache-2.0
// CSV (RFC 4180).
#include "domain/adoption/record_lines.hpp"
#include "domain/adoption/records.hpp"

namespace keyhold::domain {
namespace {

// Of one field between quotes: a quote that is not closed would take the rest of the file into memory.
constexpr std::size_t longest_record = 1024 * 1024;

class Csv final : public Records {
public:
    Result<> open(const std::string& path, std::istream& standard_input, const ColumnNames& names) {
        if (auto opened = lines_.open(path, standard_input); !opened) return opened;
        if (!read_fields()) return Error(errors::malformed, "CSV: there is no header line");
        auto chosen = names.choose(fields_);
        if (!chosen) return Error(errors::malformed, "CSV: " + std::string(chosen.error().detail()));
        columns_ = std::move(*chosen);
        for (std::size_t i = 0; i < fields_.size(); ++i)
            if (!columns_[i]) unread_.push_back(fields_[i]);
        return {};
    }

    Next next(Record& record) override {
        do {
            line_ = lines_.number() + 1;
            if (!read_fields()) return Next::end;
        } while (fields_.size() == 1 && fields_.front().empty() && why_.empty());  // an empty line
        if (why_.empty() && fields_.size() != columns_.size()) why_ = "it has more or fewer fields than the header";
        if (!why_.empty()) return Next::broken;
        for (auto& field : record) field.reset();
        for (std::size_t i = 0; i < fields_.size(); ++i)
            if (columns_[i]) put(record, *columns_[i], std::move(fields_[i]));
        return Next::record;
    }
    const std::string& why() const override { return why_; }
    std::int64_t line() const override { return line_; }
    std::int64_t position() const override { return lines_.position(); }
    std::int64_t total() const override { return lines_.total(); }
    std::vector<std::string> unread() const override { return unread_; }

private:
    // One record into fields_; false at the end. why_ says what is wrong with it. A quoted field may hold line ends.
    bool read_fields() {
        fields_.clear();
        why_.clear();
        std::string text;
        if (!lines_.next(text)) return false;
        std::size_t at = 0;
        for (;;) {
            std::string field;
            if (at < text.size() && text[at] == '"') {
                if (!read_quoted(text, ++at, field)) return true;
            } else {
                const std::size_t end = std::min(text.find(',', at), text.size());
                field.assign(text, at, end - at);
                at = end;
                // RFC 4180 §2, rule 5: quotes appear within quoted fields alone.
                if (field.find('"') != field.npos) why_ = "a quote stands within a field that is not quoted";
            }
            fields_.push_back(std::move(field));
            if (at >= text.size()) return true;
            if (text[at] != ',') {
                why_ = "something stands behind a closing quote";
                return true;
            }
            ++at;
        }
    }

    // From behind the opening quote to behind the closing one. False, with why_, if there is none.
    bool read_quoted(std::string& text, std::size_t& at, std::string& field) {
        for (;;) {
            const std::size_t quote = text.find('"', at);
            field.append(text, at, quote - at);
            if (quote != text.npos) {
                at = quote + 1;
                if (at >= text.size() || text[at] != '"') return true;
                field += '"';  // two quotes stand for one
                ++at;
                continue;
            }
            at = 0;
            if (field.size() > longest_record || !lines_.next(text)) {
                why_ = "a quote is not closed";
                return false;
            }
            // The line's end is part of the field (RFC 4180 §2, rule 6).
            field += '\n';
        }
    }

    Lines lines_;
    ColumnNames::Chosen columns_;
    std::vector<std::string> fields_, unread_;
    std::string why_;
    std::int64_t line_ = 0;
};

}  // namespace

Result<std::unique_ptr<Records>> read_csv(const std::string& path, std::istream& standard_input,
                                          const ColumnNames& names) {
    auto csv = std::make_unique<Csv>();
    if (auto opened = csv->open(path, standard_input, names); !opened) return std::move(opened).error();
    return std::unique_ptr<Records>(std::move(csv));
}

}  // namespace keyhold::domain
