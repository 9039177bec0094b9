// SPDX-License-Identifier: Apache-2.0
// A device with a main loop of its own, and Keyhold inside of it: no signal handler, no exit, no output but the log.
//   ./appliance FOLDER PORT      ends with its standard input
#include <poll.h>
#include <unistd.h>

#include <atomic>
#include <iostream>
#include <keyhold/server.hpp>

struct Reading {
    double celsius = 0;
    std::int64_t measured = 0;
};
KEYHOLD_FIELDS(Reading, (celsius), (measured))

// Written by the main loop, read by handlers on other threads.
class Sensor {
public:
    void measure() { ++measured_; }
    Reading read() const { return {20.0 + static_cast<double>(measured_ % 10) / 10, measured_}; }

private:
    std::atomic<std::int64_t> measured_ = 0;
};

int main(int argc, char** argv) {
    if (argc != 3) return std::cerr << "usage: appliance FOLDER PORT\n", 2;
    const std::string folder = argv[1], port = argv[2];
    Sensor sensor;
    keyhold::Server server("appliance", "1.0.0");
    keyhold::Gauge& temperature = server.gauge("appliance_celsius", "What was measured last.");
    server.provide(sensor);
    server.get("/temperature", [](const keyhold::User&, Sensor& measured) { return measured.read(); },
               {.summary = "How warm it is", .on = keyhold::On::io});

    const auto opened = server.open({.mode = keyhold::Mode::serve,
                                     .settings = {{"database_url", "sqlite:///" + folder + "/accounts.db"},
                                                  {"key_file", folder + "/signing.key"},
                                                  {"registration", "closed"},
                                                  {"bind", "127.0.0.1:" + port},
                                                  {"admin_bind", ""}},
                                     .log = [](std::string_view line) { std::cerr << line; }});
    if (!opened) return std::cerr << opened.error().detail() << '\n', 1;
    if (!server.users().find("owner"))
        if (const auto made = server.users().create("owner", "printed-on-the-bottom-4711"); !made) {
            std::cerr << made.error().detail() << '\n';
            // Of a name or a password against the rules: which, and why.
            for (const auto& field : made.error().fields()) std::cerr << field.msg << '\n';
            return 1;
        }
    if (const auto started = server.start(); !started) return std::cerr << started.error().detail() << '\n', 1;
    std::cout << server.where() << std::endl;

    // The device's own loop: it measures ten times a second, until nobody holds its standard input any more.
    pollfd input{STDIN_FILENO, POLLIN, 0};
    char ignored[64];
    while (::poll(&input, 1, 100) == 0 || ::read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
        sensor.measure();
        temperature.set(sensor.read().celsius);
    }
    server.stop();
    return 0;
}
