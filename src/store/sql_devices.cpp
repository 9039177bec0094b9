#include "store/sql_devices.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace keyhold::store {

namespace {

constexpr Sql select_one{"SELECT 1 FROM keyhold_devices WHERE id = :a AND account_id = :b AND generation = :c", "tti",
                         "i"};
constexpr Sql select_all{
    "SELECT id, generation, last_use FROM keyhold_devices WHERE account_id = :a ORDER BY last_use DESC", "t", "tii"};
constexpr Sql insert{"INSERT INTO keyhold_devices (id, account_id, generation, last_use) VALUES (:a, :b, :c, :d)",
                     "ttii", ""};
constexpr Sql update{"UPDATE keyhold_devices SET generation = :a, last_use = :b WHERE id = :c", "iit", ""};
constexpr Sql update_generation{
    "UPDATE keyhold_devices SET generation = :a WHERE id = :b AND account_id = :c AND generation = :d", "itti", ""};
constexpr Sql delete_one{"DELETE FROM keyhold_devices WHERE id = :a", "t", ""};
constexpr Sql delete_strangers{"DELETE FROM keyhold_devices WHERE account_id = :a AND generation <> :b", "ti", ""};
constexpr Sql delete_all{"DELETE FROM keyhold_devices WHERE account_id = :a", "t", ""};

struct Row {
    std::string id;
    std::int64_t generation;
};

}  // namespace

bool is_known(Connection& connection, const Device& device) {
    bool found = false;
    connection.statement(select_one).run({device.id, device.account_id, device.generation}, [&](const Statement&) {
        found = true;
    });
    return found;
}

void remember_device(Connection& connection, const Device& device) {
    std::vector<Row> rows;
    std::int64_t last_use = 0;  // counts log-ins of the account: clocks of nodes differ, and a second holds many
    connection.statement(select_all).run({device.account_id}, [&](const Statement& row) {
        rows.push_back({row.text(0), row.integer(1)});
        last_use = std::max(last_use, row.integer(2));
    });
    const auto is_same = [&](const Row& row) { return row.id == device.id; };
    if (!rows.empty() && is_same(rows.front()) && rows.front().generation == device.generation) return;
    if (std::erase_if(rows, is_same) != 0)
        connection.statement(update).run({device.generation, last_use + 1, device.id});
    else
        connection.statement(insert).run({device.id, device.account_id, device.generation, last_use + 1});
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (i + 1 >= most_devices || rows[i].generation != device.generation)
            connection.statement(delete_one).run({rows[i].id});
}

void keep_one_device(Connection& connection, const Device& in_use) {
    const std::int64_t next = in_use.generation + 1;
    if (!in_use.id.empty())
        connection.statement(update_generation).run({next, in_use.id, in_use.account_id, in_use.generation});
    connection.statement(delete_strangers).run({in_use.account_id, next});
}

void forget_devices(Connection& connection, std::string_view account_id) {
    connection.statement(delete_all).run({account_id});
}

}  // namespace keyhold::store
