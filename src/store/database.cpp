#include "store/database.hpp"

#include "store/account_store.hpp"
#include "store/migrations.hpp"

namespace keyhold::store {

namespace {

// SOCI's what() ends with the statement's parameters, password hashes among them; this text does not.
[[noreturn]] void translate(const Driver& driver, const soci::soci_error& error) {
    const std::string reason = std::string(driver.scheme) + ": " + error.get_error_message();
    switch (driver.classify(error)) {
        case Trouble::name_taken:
            throw NotUnique();
        case Trouble::unavailable:
            throw Unavailable(reason);
        case Trouble::broken:
            break;
    }
    throw std::runtime_error(reason);
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(std::string_view url, const DatabaseOptions& options) {
    auto place = parse_url(url);
    if (!place) return std::move(place).error();
    const Driver& driver = *place->driver;
    driver.make_if_absent(place->location);
    auto in_use = driver.hold != nullptr ? driver.hold(place->location) : std::nullopt;
    if (driver.hold != nullptr && !in_use) throw Unavailable("the database " + place->location + " is being restored");
    try {
        soci::session connection;
        driver.connect(connection, place->location, options.busy_timeout);
        if (auto migrated = migrate(connection, driver); !migrated) return std::move(migrated).error();
    } catch (const soci::soci_error& error) {
        translate(driver, error);
    }
    return std::unique_ptr<Database>(new Database(std::move(*place), std::move(in_use), options));
}

Database::Database(Place place, std::optional<FileLock> in_use, const DatabaseOptions& options)
    : place_(std::move(place)),
      in_use_(std::move(in_use)),
      options_(options),
      doorbell_(place_.driver->open_doorbell(place_.location)),
      commits_([this](std::span<const CommitQueue::Work* const> works) { transact(works); }) {
    idle_.reserve(options_.connections);
    // Whoever was here before may have died between a commit and its ring.
    doorbell_->ring();
}

void Database::transact(std::span<const CommitQueue::Work* const> works) {
    use(Intent::write, [&](Connection& connection) {
        connection.begin_writing();
        for (const CommitQueue::Work* work : works) (*work)(connection);
        connection.commit();
        return true;
    });
}

std::unique_ptr<Connection> Database::take() {
    std::unique_lock lock(mutex_);
    const auto is_free = [this] { return lent_ < options_.connections; };
    if (!came_back_.wait_for(lock, options_.lease_timeout, is_free))
        throw Unavailable("all connections with the database are in use");
    ++lent_;
    if (idle_.empty()) return nullptr;
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

void Database::give_back(std::unique_ptr<Connection> connection) {
    {
        const std::lock_guard lock(mutex_);
        --lent_;
        if (connection) idle_.push_back(std::move(connection));  // room was reserved
    }
    came_back_.notify_one();
}

void Database::rethrow(const soci::soci_error& error) const { translate(*place_.driver, error); }

Database::Lease::Lease(Database& database, Intent intent) : database_(database), connection_(database.take()) {
    try {
        if (connection_ && !connection_->is_current(intent)) {
            connection_.reset();
            database_.doorbell_->ring();  // what was remembered came from another file
        }
        if (!connection_) connection_ = std::make_unique<Connection>(database_.place_, database_.options_.busy_timeout);
    } catch (...) {  // NOLINT(bugprone-empty-catch): the destructor does not run for us
        database_.give_back(nullptr);
        throw;
    }
}

Database::Lease::~Lease() {
    if (!keep_) connection_.reset();
    database_.give_back(std::move(connection_));
}

}  // namespace keyhold::store
