// KeyStore in SQL, the same text for every database.
#pragma once

#include <memory>
#include <utility>

#include "store/database.hpp"
#include "store/key_store.hpp"

namespace keyhold::store {

class SqlKeyStore final : public KeyStore {
public:
    explicit SqlKeyStore(std::shared_ptr<Database> database) : database_(std::move(database)) {}

    std::vector<StoredKey> all() override;
    bool replace(const std::vector<StoredKey>& known, const std::vector<StoredKey>& wanted) override;

private:
    std::shared_ptr<Database> database_;
};

}  // namespace keyhold::store
