#include "crypto/password_hasher.hpp"

#include <stdexcept>

#include "crypto/bcrypt/engine.hpp"
#include "crypto/formats/bcrypt_text.hpp"
#include "crypto/password_formats.hpp"

namespace keyhold::crypto {

namespace {

class TableHasher final : public PasswordHasher {
public:
    TableHasher(const PasswordSettings& settings, std::unique_ptr<bcrypt::Backend> own, bcrypt::Backend& engine,
                Random& random)
        : settings_(settings), random_(random), own_(std::move(own)), engine_(engine) {}

    std::string hash(std::string_view password) override {
        if (password.find('\0') != std::string_view::npos)
            throw std::invalid_argument("a password that holds a NUL cannot be hashed");
        bcrypt::Hash hash = today(password);
        random_.fill(hash.salt);
        const Secret prepared = bcrypt::prepare(hash, password);
        hash.digest = engine_.compute({prepared.reveal(), hash.variant, hash.cost, hash.salt});
        return bcrypt::format(hash);
    }

    bool verify(std::string_view password, std::string_view stored) override {
        const PasswordFormat* format = find_password_format(stored);
        // bcrypt ends at a NUL: "secret\0anything" would open what "secret" opens.
        if (format == nullptr || !format->parse(stored) || password.find('\0') != std::string_view::npos) {
            verify_nothing(password);
            return false;
        }
        PasswordTools tools{engine_};
        return format->verify(password, stored, tools);
    }

    void verify_nothing(std::string_view password) override {
        const bcrypt::Hash hash = today(password);
        const Secret prepared = bcrypt::prepare(hash, password);
        bcrypt::Digest digest = engine_.compute({prepared.reveal(), hash.variant, hash.cost, hash.salt});
        explicit_bzero(digest.data(), digest.size());
    }

    bool needs_rehash(std::string_view stored) const override {
        const PasswordFormat* format = find_password_format(stored);
        const auto strength = format == nullptr ? std::nullopt : format->parse(stored);
        if (!strength) return false;
        return strength->is_below({Strength::Kind::bcrypt, 0, 1ULL << settings_.bcrypt_cost});
    }

private:
    // What hash() writes today, but for salt and digest.
    bcrypt::Hash today(std::string_view password) const {
        bcrypt::Hash hash;
        hash.cost = settings_.bcrypt_cost;
        // Over 72 bytes bcrypt would cut; nothing is ever cut.
        if (password.size() > bcrypt::max_password_size) hash.prehash = bcrypt::Prehash::hmac_sha256;
        return hash;
    }

    PasswordSettings settings_;
    Random& random_;
    std::unique_ptr<bcrypt::Backend> own_;  // null if the engine is somebody else's
    bcrypt::Backend& engine_;
};

void require_known_settings(const PasswordSettings& settings) {
    if (settings.bcrypt_cost < bcrypt::min_cost || settings.bcrypt_cost > bcrypt::max_cost)
        throw std::invalid_argument("the bcrypt cost is 4 to 16");
}

}  // namespace

std::unique_ptr<PasswordHasher> make_password_hasher(const PasswordSettings& settings, bcrypt::Backend& engine,
                                                     Random& random) {
    require_known_settings(settings);
    return std::make_unique<TableHasher>(settings, nullptr, engine, random);
}

std::unique_ptr<PasswordHasher> make_password_hasher(const PasswordSettings& settings, Random& random) {
    require_known_settings(settings);
    auto own = std::make_unique<bcrypt::Engine>();
    bcrypt::Backend& engine = *own;
    return std::make_unique<TableHasher>(settings, std::move(own), engine, random);
}

}  // namespace keyhold::crypto
