// SPDX-License-Identifier: Apache-2.0
#include "store/access/device_rows.hpp"

#include <string>
#include <vector>

namespace keyhold::store {

namespace {

struct DeviceRow {
    std::string id, account_id;
    std::int64_t generation = 0;
    std::int64_t last_use = 0;  // counts log-ins of the account: clocks of nodes differ, and a second holds many
};
KEYHOLD_ROW(DeviceRow, (id), (account_id), (generation), (last_use))

constexpr Query<"SELECT 1 FROM keyhold_devices WHERE id = :a AND account_id = :b AND generation = :c", "tti",
                std::int64_t>
    select_device;
constexpr Query<"SELECT {} FROM keyhold_devices WHERE account_id = :a ORDER BY last_use DESC", "t", DeviceRow>
    select_devices;
constexpr Insert<"keyhold_devices", DeviceRow> insert_device;
constexpr Query<"UPDATE keyhold_devices SET generation = :a, last_use = :b WHERE id = :c", "iit"> update_device;
constexpr Query<"UPDATE keyhold_devices SET generation = :a WHERE id = :b AND account_id = :c AND generation = :d",
                "itti">
    update_generation;
constexpr Query<"DELETE FROM keyhold_devices WHERE id = :a", "t"> delete_device;
constexpr Query<"DELETE FROM keyhold_devices WHERE account_id = :a AND generation <> :b", "ti"> delete_strangers;
constexpr Query<"DELETE FROM keyhold_devices WHERE account_id = :a", "t"> delete_devices;

}  // namespace

bool is_known(Connection& connection, const Device& device) {
    return connection.finds_any(select_device, device.id, device.account_id, device.generation);
}

void remember_device(Connection& connection, const Device& device) {
    // The one that was used last comes first.
    auto rows = connection.find_all(select_devices, device.account_id);
    const std::int64_t last_use = rows.empty() ? 0 : rows.front().last_use;
    const auto is_same = [&](const DeviceRow& row) { return row.id == device.id; };
    // The usual log-in from the usual browser changes nothing, so no row is written.
    if (!rows.empty() && is_same(rows.front()) && rows.front().generation == device.generation) return;
    if (std::erase_if(rows, is_same) != 0)
        connection.run(update_device, device.generation, last_use + 1, device.id);
    else
        connection.insert(insert_device, DeviceRow{std::string(device.id), std::string(device.account_id),
                                                   device.generation, last_use + 1});
    // `rows` are the other devices by now: with this one, those up to rows[i] are i + 2.
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (i + 1 >= most_devices || rows[i].generation != device.generation) connection.run(delete_device, rows[i].id);
}

// Devices with the old generation are not known any more, which makes their rows of no use.
void keep_one_device(Connection& connection, const Device& in_use) {
    const std::int64_t next = in_use.generation + 1;
    if (!in_use.id.empty()) connection.run(update_generation, next, in_use.id, in_use.account_id, in_use.generation);
    connection.run(delete_strangers, in_use.account_id, next);
}

void forget_devices(Connection& connection, std::string_view account_id) { connection.run(delete_devices, account_id); }

}  // namespace keyhold::store
