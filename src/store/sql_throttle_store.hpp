// Failed log-ins in a database that speaks SQL.
#pragma once

#include <memory>

#include "store/database.hpp"
#include "store/throttle_store.hpp"

namespace keyhold::store {

class SqlThrottleStore final : public ThrottleStore {
public:
    explicit SqlThrottleStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    std::optional<Failures> find(std::string_view subject) override;
    bool replace(std::string_view subject, const std::optional<Failures>& known,
                 const std::optional<Failures>& wanted) override;
    std::int64_t forget(std::string_view subject) override;
    std::int64_t purge(Time now, std::int64_t kept, std::int64_t limit) override;
    bool knows(const Device& device) override;
    std::string secret(std::string_view fresh) override;

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
