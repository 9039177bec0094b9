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
    try {
        soci::session session;
        driver.connect(session, place->location, options.busy_timeout);
        if (auto migrated = migrate(session, driver); !migrated) return std::move(migrated).error();
    } catch (const soci::soci_error& error) {
        translate(driver, error);
    }
    return std::unique_ptr<Database>(new Database(std::move(*place), options));
}

Database::Database(Place place, const DatabaseOptions& options)
    : place_(std::move(place)), options_(options), doorbell_(place_.driver->open_doorbell(place_.location)) {
    idle_.reserve(options_.sessions);
    // Whoever was here before may have died between a commit and its ring.
    doorbell_->ring();
}

std::unique_ptr<Session> Database::take() {
    std::unique_lock lock(mutex_);
    const auto is_free = [this] { return lent_ < options_.sessions; };
    if (!came_back_.wait_for(lock, options_.lease_timeout, is_free))
        throw Unavailable("all sessions with the database are in use");
    ++lent_;
    if (idle_.empty()) return nullptr;
    auto session = std::move(idle_.back());
    idle_.pop_back();
    return session;
}

void Database::give_back(std::unique_ptr<Session> session) {
    {
        const std::lock_guard lock(mutex_);
        --lent_;
        if (session) idle_.push_back(std::move(session));  // room was reserved
    }
    came_back_.notify_one();
}

void Database::rethrow(const soci::soci_error& error) const { translate(*place_.driver, error); }

Database::Lease::Lease(Database& database, Intent intent) : database_(database), session_(database.take()) {
    try {
        if (session_ && !session_->is_current(intent)) {
            session_.reset();
            database_.doorbell_->ring();  // what was remembered came from another file
        }
        if (!session_) session_ = std::make_unique<Session>(database_.place_, database_.options_.busy_timeout);
    } catch (...) {  // NOLINT(bugprone-empty-catch): the destructor does not run for us
        database_.give_back(nullptr);
        throw;
    }
}

Database::Lease::~Lease() {
    if (!keep_) session_.reset();
    database_.give_back(std::move(session_));
}

}  // namespace keyhold::store
