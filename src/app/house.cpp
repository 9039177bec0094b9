#include "app/house.hpp"

#include "app/password_settings.hpp"

namespace keyhold::app {

House::House(const Settings& settings, std::unique_ptr<store::AccountStore> the_store, Warn warn)
    : engine({.threads = static_cast<std::size_t>(settings.hashing_threads),
              .lanes = static_cast<std::size_t>(settings.hashing_lanes),
              .warn = std::move(warn)}),
      store(std::move(the_store)),
      hasher(crypto::make_password_hasher(password_settings(settings).value(), engine, random)),
      accounts(*store, *hasher, clock, random,
               {.min_characters = static_cast<std::size_t>(settings.password_min_length)}) {}

Result<std::unique_ptr<House>> House::open(const Settings& settings, std::size_t connections, Warn warn) {
    auto store = store::open_store(settings.database_url, {.connections = connections});
    if (!store) return std::move(store).error();
    return std::unique_ptr<House>(new House(settings, std::move(*store), std::move(warn)));
}

}  // namespace keyhold::app
