#include "crypto/password_hasher.hpp"

#include <array>
#include <stdexcept>

#include "crypto/formats/argon2.hpp"
#include "crypto/formats/bcrypt_text.hpp"
#include "crypto/password_formats.hpp"

namespace keyhold::crypto {

namespace {

bool has_nul(std::string_view password) { return password.find('\0') != std::string_view::npos; }

class TableHasher final : public PasswordHasher {
public:
    TableHasher(const PasswordSettings& settings, bcrypt::Backend& engine, Random& random)
        : settings_(settings), random_(random), memory_(settings.memory_budget), tools_{engine, memory_} {}

    std::string hash(std::string_view password) override {
        if (has_nul(password)) throw std::invalid_argument("a password that holds a NUL cannot be hashed");
        return (this->*row().hash)(password);
    }

    bool verify(std::string_view password, std::string_view stored) override {
        const PasswordFormat* format = find_password_format(stored);
        // bcrypt ends at a NUL: "secret\0anything" would open what "secret" opens.
        if (format == nullptr || !format->parse(stored) || has_nul(password)) {
            verify_nothing(password);
            return false;
        }
        return format->verify(password, stored, tools_);
    }

    void verify_nothing(std::string_view password) override { (this->*row().hash)(password); }

    bool needs_rehash(std::string_view stored) const override {
        const PasswordFormat* format = find_password_format(stored);
        const auto strength = format == nullptr ? std::nullopt : format->parse(stored);
        return strength && strength->is_below((this->*row().strength)());
    }

private:
    // What differs between the schemes that can be written.
    struct Row {
        std::string (TableHasher::*hash)(std::string_view password);
        Strength (TableHasher::*strength)() const;
    };
    const Row& row() const {
        static constexpr std::array rows{
            Row{&TableHasher::hash_bcrypt, &TableHasher::bcrypt_strength},
            Row{&TableHasher::hash_argon2id, &TableHasher::argon2id_strength},
        };
        return rows.at(static_cast<std::size_t>(settings_.scheme));
    }

    std::string hash_bcrypt(std::string_view password) {
        bcrypt::Hash hash;
        hash.cost = settings_.bcrypt_cost;
        // Over 72 bytes bcrypt would cut; nothing is ever cut.
        if (password.size() > bcrypt::max_password_size) hash.prehash = bcrypt::Prehash::hmac_sha256;
        random_.fill(hash.salt);
        const Secret prepared = bcrypt::prepare(hash, password);
        hash.digest = tools_.bcrypt.compute({prepared.reveal(), hash.variant, hash.cost, hash.salt});
        return bcrypt::format(hash);
    }
    Strength bcrypt_strength() const { return {Strength::Kind::bcrypt, 0, 1ULL << settings_.bcrypt_cost, false}; }

    std::string hash_argon2id(std::string_view password) {
        return formats::hash_argon2id(password, settings_.argon2_memory, settings_.argon2_passes, random_, tools_);
    }
    Strength argon2id_strength() const { return memory_strength(settings_.argon2_memory, settings_.argon2_passes); }

    const PasswordSettings settings_;
    Random& random_;
    MemoryBudget memory_;
    PasswordTools tools_;
};

void require_known(const PasswordSettings& settings) {
    if (settings.bcrypt_cost < bcrypt::min_cost || settings.bcrypt_cost > bcrypt::max_cost)
        throw std::invalid_argument("the bcrypt cost is 4 to 16");
    if (settings.argon2_memory < 7168 || settings.argon2_memory > Limits::memory)
        throw std::invalid_argument("Argon2id takes 7168 to 131072 KiB");
    if (settings.argon2_passes == 0 || settings.argon2_passes > Limits::memory_passes / settings.argon2_memory)
        throw std::invalid_argument("Argon2id takes at least 1 pass, and at most 4 GiB in all passes together");
    if (settings.memory_budget < Limits::memory)
        throw std::invalid_argument("the memory for password hashes is at least 131072 KiB, as one hash may need that");
}

}  // namespace

std::unique_ptr<PasswordHasher> make_password_hasher(const PasswordSettings& settings, bcrypt::Backend& engine,
                                                     Random& random) {
    require_known(settings);
    return std::make_unique<TableHasher>(settings, engine, random);
}

}  // namespace keyhold::crypto
