#include "app/housekeeping.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>

namespace keyhold::app {

Housekeeping::Housekeeping(std::vector<Chore> chores, Failed failed, std::chrono::milliseconds interval)
    : thread_([chores = std::move(chores), failed = std::move(failed), interval](const std::stop_token& stop) {
          std::mutex mutex;
          std::condition_variable_any wake;
          std::unique_lock lock(mutex);
          const auto run = [&failed](const Chore& chore) {
              try {
                  chore.run();
              } catch (const std::exception& error) {
                  failed(chore.name, error.what());
              }
          };
          for (const Chore& chore : chores)
              if (chore.first == First::at_once) run(chore);
          while (!wake.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); }))
              for (const Chore& chore : chores) run(chore);
      }) {}

}  // namespace keyhold::app
