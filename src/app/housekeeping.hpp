// What has to be done now and then beside the requests: on a thread of its own, once a minute unless said otherwise.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

namespace keyhold::app {

class Housekeeping {
public:
    enum class First : std::uint8_t { after_the_interval, at_once };
    struct Chore {
        std::string_view name;
        std::function<void()> run;
        First first = First::after_the_interval;
    };
    // `failed` is told which chore threw what; it is tried again the next time. Stops when this object goes.
    using Failed = std::function<void(std::string_view name, std::string_view what)>;
    Housekeeping(std::vector<Chore> chores, Failed failed,
                 std::chrono::milliseconds interval = std::chrono::minutes(1));

private:
    std::jthread thread_;
};

}  // namespace keyhold::app
