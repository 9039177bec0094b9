// SPDX-License-Identifier: Apache-2.0
// Text that must not be seen: wiped when it goes, and no stream, log or formatter takes it.
#pragma once

#include <string.h>

#include <string>
#include <string_view>
#include <utility>

namespace keyhold {

// Moves but does not copy, so that there is one place in memory to wipe. There is no == and no <<: whoever wants the
// text has to say reveal(), which can be searched for.
class Secret {
public:
    Secret() = default;
    // Takes the text over and wipes what is left of it at the caller's.
    explicit Secret(std::string&& text) : text_(std::move(text)) { wipe(text); }
    // Copies: the original is the caller's to wipe.
    explicit Secret(std::string_view text) : text_(text) {}
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
    Secret& operator=(Secret&& other) noexcept {
        if (this == &other) return *this;
        wipe(text_);
        text_ = std::move(other.text_);
        wipe(other.text_);
        return *this;
    }
    ~Secret() { wipe(text_); }

    // The one way in. Lives as long as this object.
    std::string_view reveal() const { return text_; }
    bool empty() const { return text_.empty(); }
    // In bytes.
    std::size_t size() const { return text_.size(); }

private:
    // explicit_bzero is not optimised away (glibc). A short text stands in the object itself, also after it was moved
    // to another one, and is behind the end then.
    static void wipe(std::string& text) {
        text.resize(text.capacity());  // NOLINT(clang-analyzer-cplusplus.Move): yes, of what was moved
        explicit_bzero(text.data(), text.size());
        text.clear();
    }
    std::string text_;
};

}  // namespace keyhold
