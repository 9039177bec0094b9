// A look at another application's database, which changes nothing in it: for `keyhold adopt` and `keyhold import`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "store/old_dialect.hpp"

namespace keyhold::store {

class OldDatabase {
public:
    // Refused: configuration (the URL, a database whose tables we cannot read, none at all). Throws Unavailable.
    static Result<std::unique_ptr<OldDatabase>> open(std::string_view url);
    virtual ~OldDatabase() = default;

    std::vector<std::string> tables();
    std::vector<OldColumn> columns(std::string_view table);
    std::int64_t count(std::string_view table);
    // In the order of ids.
    void each_user(const OldTable& table, const std::function<void(const OldUser&)>& visit);

    // One row after the other, as texts; '' for NULL. Must not outlive this object.
    class Rows {
    public:
        virtual ~Rows() = default;
        virtual bool next(std::vector<std::string>& row) = 0;  // false at the end
    };
    std::unique_ptr<Rows> rows(std::string_view table, const std::vector<std::string>& columns) {
        return ask(dialect_.select(table, columns), columns.size());
    }

    // What Keyhold changes about the database besides adding to it, for SqlAdoptionStore::begin().
    virtual std::string before() = 0;

protected:
    explicit OldDatabase(const OldDialect& dialect) : dialect_(dialect) {}
    using Row = std::vector<std::string>;
    virtual std::unique_ptr<Rows> ask(const std::string& question, std::size_t columns) = 0;

private:
    const OldDialect& dialect_;
};

}  // namespace keyhold::store
