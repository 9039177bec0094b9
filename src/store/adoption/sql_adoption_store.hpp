// AdoptionStore in SQL. The names of their table and columns make the text; the rest is the same for every database.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/adoption/adoption_store.hpp"
#include "store/adoption/dialect.hpp"
#include "store/database.hpp"

namespace keyhold::store {

class SqlAdoptionStore final : public AdoptionStore {
public:
    // Null if this database was not adopted.
    static std::unique_ptr<SqlAdoptionStore> find(std::shared_ptr<Database> database);

    // Puts the triggers there and remembers what they are about; `before` is for the undoing. May come again, also
    // with other locks. Refused:
    // configuration, if another table was adopted or there are accounts already.
    static Result<std::unique_ptr<SqlAdoptionStore>> begin(std::shared_ptr<Database> database,
                                                           const ForeignTable& table,
                                                           const std::vector<ForeignColumn>& columns,
                                                           std::string_view before);

    // Takes the triggers and every table of ours out of the database: it is as it was, but for the users who came
    // meanwhile. What `before` was. Refused: configuration, if it was not adopted. No statement works here any more.
    static Result<std::string> undo(Database& database);

    bool is_complete() const override { return complete_; }
    bool catch_up(const MakeAccount& make, Time now) override;
    std::string note(const std::string& after, int limit) override;
    void complete() override;

private:
    SqlAdoptionStore(std::shared_ptr<Database> database, const ForeignDialect& dialect, const ForeignTable& table,
                     bool complete);
    struct Note;
    std::size_t work_off_some(const MakeAccount& make, Time now);
    void work_off(Connection& connection, const Note& note, const MakeAccount& make, Time now) const;
    std::optional<ForeignUser> find_user(Connection& connection, std::string_view old_id) const;

    std::shared_ptr<Database> database_;
    const std::string user_by_id_;
    const ForeignPages ids_;
    // Connections remember statements by the address of their Sql: these stay as long as the database.
    const Sql select_user_, select_first_ids_, select_ids_after_;
    bool complete_;
};

}  // namespace keyhold::store
