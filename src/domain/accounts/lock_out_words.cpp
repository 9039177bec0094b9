// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/lock_out_words.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.hpp"

namespace keyhold::domain {

namespace {

// All without "_" and in lower case; English, German, French, Spanish, Portuguese, Italian, Dutch, Polish.
constexpr std::string_view good[]{
    "active",  "enabled",    "allowed",     "canlogin",       "loginallowed", "allowlogin", "loginenabled",
    "aktiv",   "aktiviert",  "freigegeben", "freigeschaltet", "actif",        "active",     "activo",
    "activa",  "habilitado", "ativo",       "ativa",          "attivo",       "abilitato",  "actief",
    "aktywny", "enable",     "maylogin",    "mayenter",       "активен",      "aktivan",    "aktivní",
};
constexpr std::string_view bad[]{
    "disabled",   "inactive",    "deleted",       "removed",       "banned",      "blocked",      "locked",
    "lockedout",  "suspended",   "frozen",        "deactivated",   "archived",    "blacklisted",  "barred",
    "terminated", "revoked",     "ban",           "softdeleted",   "gesperrt",    "deaktiviert",  "geloescht",
    "gelöscht",   "inaktiv",     "gebannt",       "blockiert",     "archiviert",  "desactive",    "désactivé",
    "desactivee", "bloque",      "bloqué",        "supprime",      "supprimé",    "banni",        "inactif",
    "suspendu",   "desactivado", "deshabilitado", "bloqueado",     "eliminado",   "borrado",      "baneado",
    "suspendido", "inactivo",    "desativado",    "desabilitado",  "excluido",    "excluído",     "banido",
    "removido",   "suspenso",    "inativo",       "apagado",       "disattivato", "disabilitato", "bloccato",
    "sospeso",    "geblokkeerd", "verwijderd",    "uitgeschakeld", "zablokowany", "usuniety",     "nieaktywny",
    "disable",    "lock",        "block",         "suspend",       "del",         "delete",       "softdelete",
    "trash",      "trashed",     "closed",        "deletion",      "denylogin",   "nologin",      "logindenied",
    "sperre",     "gesperrd",    "spaerret",      "spærret",       "sperrt",      "spärrad",      "verrouille",
    "verrouillé", "禁用",        "заблокирован",  "удален",        "удалён",
};
// They may mean anything.
constexpr std::string_view doubtful[]{
    "status",     "state",        "statut",       "estado",
    "stato",      "zustand",      "situacao",     "situação",
    "approved",   "approval",     "expired",      "expires",
    "expiry",     "expiration",   "validuntil",   "validto",
    "gueltigbis", "ablauf",       "ablaufdatum",  "activeuntil",
    "activefrom", "access",       "standing",     "lifecycle",
    "valid",      "invalid",      "pending",      "lockout",
    "lockuntil",  "lockoutend",   "retired",      "rejected",
    "denied",     "kicked",       "expelled",     "quarantined",
    "quarantine", "left",         "quit",         "enddate",
    "membership", "member",       "memberstatus", "membershipstatus",
    "userstatus", "accountstate", "recordstatus",
};
constexpr std::string_view proved[]{"verified", "confirmed", "emailverified", "emailconfirmed", "activated"};

constexpr std::string_view subjects[]{"is", "ist", "est", "esta", "está", "has", "was", "user", "account", "login"};
constexpr std::string_view moments[]{"at", "on", "date", "time", "since", "timestamp", "am", "le", "em", "en", "il"};
// Who did it and why, beside a column that says that it was done.
constexpr std::string_view reasons[]{"reason", "comment", "note", "message"};
constexpr std::string_view companions[]{"by", "ip", "count"};
// Said of the same thing once more: "del_flag", "active_yn".
constexpr std::string_view endings[]{"flag", "yn", "fl"};

template <std::size_t N>
bool has(const std::string_view (&words)[N], std::string_view word) {
    return std::ranges::find(words, word) != std::end(words);
}

// "Is_Deleted" -> "isdeleted".
// Only ASCII letters are lowered: a column "GELÖSCHT" is not recognised.
std::string plain(std::string_view column) {
    std::string text;
    for (const char c : column)
        if (c != '_' && c != '-' && c != ' ') text += ascii_lower(c);
    return text;
}

LockOutWord meaning(std::string_view word) {
    if (has(good, word)) return LockOutWord::who_may;
    if (has(bad, word)) return LockOutWord::who_may_not;
    if (has(doubtful, word)) return LockOutWord::unclear;
    if (has(proved, word)) return LockOutWord::verified;
    return LockOutWord::none;
}

// The word alone, or behind a subject: "is_banned", "account_is_banned".
LockOutWord with_subject(std::string_view word) {
    if (const auto found = meaning(word); found != LockOutWord::none) return found;
    for (const std::string_view subject : subjects)
        if (word.starts_with(subject) && word.size() > subject.size())
            if (const auto found = with_subject(word.substr(subject.size())); found != LockOutWord::none) return found;
    return LockOutWord::none;
}

LockOutWord of_moment(std::string_view word) {
    switch (with_subject(word)) {
        case LockOutWord::who_may_not:
            return LockOutWord::since;
        case LockOutWord::verified:
        case LockOutWord::who_may:  // "activated_at"
            return LockOutWord::verified;
        case LockOutWord::unclear:
            return LockOutWord::unclear;
        default:
            return LockOutWord::none;
    }
}

}  // namespace

bool is_of_second_factor(std::string_view column) {
    constexpr std::string_view words[]{"totp",       "mfa",          "2fa",           "twofactor",
                                       "twostep",    "secondfactor", "otpsecret",     "otpkey",
                                       "otpenabled", "otpverified",  "authenticator", "webauthn"};
    const std::string text = plain(column);
    return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

bool says_gone(std::string_view text) {
    constexpr std::string_view words[]{"del",      "remov",   "trash",    "archiv", "closed",  "geloescht",
                                       "gelöscht", "supprim", "eliminad", "borrad", "excluid", "excluíd",
                                       "apagad",   "verwijd", "usuni",    "удал"};
    const std::string plain_text = plain(text);
    return std::ranges::any_of(words,
                               [&](std::string_view word) { return plain_text.find(word) != std::string::npos; });
}

bool says_until(std::string_view column) {
    constexpr std::string_view words[]{"until", "till",  "expire", "expiry", "expiration", "ablauf", "validto",
                                       "hasta", "jusqu", "scade",  "fino",   "vervalt",    "wygas"};
    const std::string text = plain(column);
    return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string::npos; }) ||
           text.ends_with("bis") || column.ends_with("_to") || column.ends_with("_end") || column.ends_with("_ends");
}

LockOutWord lock_out_word(std::string_view column) {
    const std::string text = plain(column);
    const std::string_view word = text;
    // When they came, and no state.
    if (word == "membersince" || word == "membershipsince") return LockOutWord::none;
    if (const auto found = with_subject(word); found != LockOutWord::none) return found;
    for (const std::string_view ending : endings)
        if (word.ends_with(ending))
            if (const auto found = with_subject(word.substr(0, word.size() - ending.size()));
                found != LockOutWord::none)
                return found;
    for (const std::string_view moment : moments) {
        if (word.ends_with(moment))
            if (const auto found = of_moment(word.substr(0, word.size() - moment.size())); found != LockOutWord::none)
                return found;
        if (word.starts_with(moment))  // "date_deleted"
            if (const auto found = of_moment(word.substr(moment.size())); found != LockOutWord::none) return found;
    }
    // "not_active", "is_not_banned": the other way round, as far as one can tell.
    if (const std::size_t no = word.find("not"); no != std::string_view::npos && no + 3 < word.size())
        if (with_subject(word.substr(no + 3)) != LockOutWord::none &&
            with_subject(std::string(word.substr(0, no)) + "active") == LockOutWord::who_may)
            return LockOutWord::unclear;
    const auto ends_word = [&](std::string_view ending) { return word.ends_with(ending); };
    if (std::ranges::any_of(reasons, ends_word) || std::ranges::any_of(companions, ends_word)) return LockOutWord::none;
    // Somewhere within: "locked_until", "banned_permanently". Shorter words stand within others.
    constexpr std::size_t telling = 6;
    const bool holds_one = std::ranges::any_of(
        bad, [&](std::string_view one) { return one.size() >= telling && word.find(one) != std::string_view::npos; });
    return holds_one ? LockOutWord::unclear : LockOutWord::none;
}

bool is_companion_of_lock_out(std::string_view column) {
    const std::string text = plain(column);
    const std::string_view word = text;
    return std::ranges::any_of(reasons, [&](std::string_view reason) {
        return word.ends_with(reason) &&
               with_subject(word.substr(0, word.size() - reason.size())) == LockOutWord::who_may_not;
    });
}

}  // namespace keyhold::domain
