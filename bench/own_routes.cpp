// SPDX-License-Identifier: Apache-2.0
// A program with routes of its own, as docs/library.md shows them, to be measured: suite_own_routes.py.
#include <chrono>
#include <string>
#include <thread>

#include "keyhold/server.hpp"

struct Item {
    std::string name;
    std::int64_t count = 0;
};
KEYHOLD_FIELDS(Item, (name, keyhold::length(1, 40)), (count, keyhold::range(1, 1000)))

struct Order {
    std::string customer;
    std::string note;
    std::optional<std::int64_t> priority;
    std::vector<Item> items;
};
KEYHOLD_FIELDS(Order, (customer, keyhold::length(1, 60)), (note, keyhold::length(0, 200)),
               (priority, keyhold::range(0, 9)), (items, keyhold::length(1, 8)))

struct Message {
    std::string message;
};
KEYHOLD_FIELDS(Message, (message))

constexpr std::chrono::milliseconds a_while{50};

Message take(const keyhold::User& who, const Order&) { return {"Welcome " + who.username()}; }

int main(int argc, char** argv) {
    keyhold::Server server("orders", "1.0.0");
    server.post("/orders", take, {.summary = "Take an order", .on = keyhold::On::io});
    server.post("/orders-on-pool", take, {.summary = "Take an order, on a thread that may wait"});
    server.post("/orders-slowly", [](const keyhold::User& who, const Order& order) {
        std::this_thread::sleep_for(a_while);
        return take(who, order);
    });
    return server.run(argc, argv);
}
