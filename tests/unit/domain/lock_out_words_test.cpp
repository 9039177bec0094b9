// SPDX-License-Identifier: Apache-2.0
#include "domain/accounts/lock_out_words.hpp"

#include <gtest/gtest.h>

namespace keyhold::domain {

TEST(LockOutWords, columns_of_many_applications_are_understood) {
    for (const char* name :
         {"is_active", "active", "IsActive", "enabled", "user_enabled", "aktiv", "ist_aktiv", "actif", "activo",
          "esta_activo", "ativo", "can_login", "is_enable", "enable", "may_login", "active_flag"})
        EXPECT_EQ(lock_out_word(name), LockOutWord::who_may) << name;
    for (const char* name :
         {"disabled",       "is_disabled",  "is_deleted", "deleted",      "isDeleted",    "is_banned", "blocked",
          "account_locked", "is_suspended", "inactive",   "gesperrt",     "ist_gesperrt", "geloescht", "gelöscht",
          "deaktiviert",    "desactive",    "supprime",   "est_supprimé", "bloqueado",    "eliminado", "desativado",
          "excluido",       "bloccato",     "disable",    "is_del",       "is_lock",      "del_flag",  "block",
          "suspend",        "trashed",      "closed",     "заблокирован", "禁用",         "sperre"})
        EXPECT_EQ(lock_out_word(name), LockOutWord::who_may_not) << name;
    for (const char* name :
         {"deleted_at", "deletedAt", "disabled_on", "banned_since", "date_deleted", "gesperrt_am", "geloescht_am",
          "supprime_le", "eliminado_en", "excluido_em", "deleted_date", "delete_time", "deletion_date", "closed_at"})
        EXPECT_EQ(lock_out_word(name), LockOutWord::since) << name;
}

TEST(LockOutWords, what_may_lock_somebody_out_is_named_and_not_guessed) {
    for (const char* name : {"status", "account_status", "state", "statut", "estado", "locked_until", "banned_until",
                             "is_approved", "expires_at", "valid_until", "ban_level_blocked", "is_valid", "lockUntil",
                             "lockout_end", "pending", "left_at", "retired", "membership_status"})
        EXPECT_EQ(lock_out_word(name), LockOutWord::unclear) << name;
    for (const char* name : {"is_verified", "email_verified", "email_confirmed_at", "activated_at"})
        EXPECT_EQ(lock_out_word(name), LockOutWord::verified) << name;
}

TEST(LockOutWords, a_reason_counts_where_nothing_else_says_it) {
    for (const char* name : {"ban_reason", "blocked_reason", "deleted_comment"})
        EXPECT_TRUE(is_companion_of_lock_out(name)) << name;
    for (const char* name : {"deleted_by", "reason", "is_active", "last_login_ip", "notes"})
        EXPECT_FALSE(is_companion_of_lock_out(name)) << name;
}

TEST(LockOutWords, other_columns_say_nothing_of_it) {
    for (const char* name :
         {"id",         "username",      "email",       "hashed_password",  "password",   "is_superuser",
          "is_staff",   "is_admin",      "role",        "full_name",        "created_at", "updated_at",
          "last_login", "last_login_at", "last_active", "last_active_at",   "age",        "address",
          "tenant_id",  "failed_logins", "deleted_by",  "ban_reason",       "bandwidth",  "urban",
          "timezone",   "language",      "description", "interactive_mode", "island",     "date_joined",
          "birthdate",  "avatar",        "bio"})
        EXPECT_EQ(lock_out_word(name), LockOutWord::none) << name;
}

}  // namespace keyhold::domain
