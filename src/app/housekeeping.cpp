#include "app/housekeeping.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>

namespace keyhold::app {
namespace {

// Nothing that a chore throws ends the thread, nor does what it takes to say so.
void run_one(const Housekeeping::Chore& chore, const Housekeeping::Failed& failed) noexcept try {
    try {
        chore.run();
    } catch (const std::exception& error) {
        failed(chore.name, error.what());
    } catch (...) {
        failed(chore.name, "something was thrown that is no std::exception");
    }
} catch (...) {  // there is nobody left to tell
}

}  // namespace

Housekeeping::Housekeeping(std::vector<Chore> chores, Failed failed, std::chrono::milliseconds interval)
    : thread_([chores = std::move(chores), failed = std::move(failed), interval](const std::stop_token& stop) {
          std::mutex mutex;
          std::condition_variable_any wake;
          std::unique_lock lock(mutex);
          for (const Chore& chore : chores)
              if (chore.first == First::at_once) run_one(chore, failed);
          while (!wake.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) {
              for (const Chore& chore : chores) run_one(chore, failed);
          }
      }) {}

}  // namespace keyhold::app
