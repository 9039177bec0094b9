// SPDX-License-Identifier: Apache-2.0
#include "store/schema/migration_steps.hpp"

namespace keyhold::store {

namespace {

constexpr std::string_view accounts[]{
    R"(CREATE TABLE keyhold_accounts (
           id {compared} NOT NULL PRIMARY KEY,
           username TEXT NOT NULL,
           name_key {compared} NOT NULL UNIQUE,
           password_hash TEXT NOT NULL,
           disabled INTEGER NOT NULL,
           created_at BIGINT NOT NULL))",
};

// 0 and '' stand for "not yet". What a column means is said in session_store.hpp, change_store.hpp and key_store.hpp.
constexpr std::string_view sessions[]{
    "ALTER TABLE keyhold_accounts ADD COLUMN generation BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE keyhold_accounts ADD COLUMN last_login_at BIGINT NOT NULL DEFAULT 0",
    R"(CREATE TABLE keyhold_sessions (
           id {compared} NOT NULL PRIMARY KEY,
           account_id {compared} NOT NULL,
           device TEXT NOT NULL,
           address TEXT NOT NULL,
           created_at BIGINT NOT NULL,
           last_used_at BIGINT NOT NULL,
           ends_at BIGINT NOT NULL,
           ended_at BIGINT NOT NULL,
           end_reason TEXT NOT NULL,
           refresh_digest TEXT NOT NULL,
           family_key TEXT NOT NULL,
           rotations TEXT NOT NULL))",
    "CREATE INDEX keyhold_sessions_of_account ON keyhold_sessions (account_id, id)",
    "CREATE INDEX keyhold_sessions_by_end ON keyhold_sessions (ends_at)",
    R"(CREATE TABLE keyhold_changes (
           sequence BIGINT NOT NULL PRIMARY KEY,
           what INTEGER NOT NULL,
           id TEXT NOT NULL))",
    "CREATE TABLE keyhold_change_counter (only_row INTEGER NOT NULL PRIMARY KEY, sequence BIGINT NOT NULL)",
    "INSERT INTO keyhold_change_counter (only_row, sequence) VALUES (1, 0)",
    R"(CREATE TABLE keyhold_keys (
           kid {compared} NOT NULL PRIMARY KEY,
           algorithm TEXT NOT NULL,
           sealed TEXT NOT NULL,
           created_at BIGINT NOT NULL,
           signs_from BIGINT NOT NULL,
           verifies_until BIGINT NOT NULL,
           dropped_at BIGINT NOT NULL))",
};

// throttle_store.hpp says what is in them.
constexpr std::string_view throttle[]{
    R"(CREATE TABLE keyhold_failures (
           subject {compared} NOT NULL PRIMARY KEY,
           failures BIGINT NOT NULL,
           address TEXT NOT NULL,
           locked_until BIGINT NOT NULL,
           forgotten_at BIGINT NOT NULL))",
    "CREATE TABLE keyhold_throttle_secret (only_row INTEGER NOT NULL PRIMARY KEY, secret TEXT NOT NULL)",
};

// What `keyhold adopt` took over: adoption_store.hpp.
constexpr std::string_view adoption[]{
    R"(CREATE TABLE keyhold_adoption (
           only_row INTEGER NOT NULL PRIMARY KEY,
           old_table TEXT NOT NULL,
           id_column TEXT NOT NULL,
           id_type TEXT NOT NULL,
           name_column TEXT NOT NULL,
           password_column TEXT NOT NULL,
           active_column TEXT NOT NULL,
           complete INTEGER NOT NULL,
           before_adoption TEXT NOT NULL))",
    "CREATE TABLE keyhold_adopted (account_id {compared} NOT NULL PRIMARY KEY, old_id {compared} NOT NULL UNIQUE)",
    R"(CREATE TABLE keyhold_adopted_changes (
           note {compared} NOT NULL PRIMARY KEY,
           old_id {compared} NOT NULL,
           deleted INTEGER NOT NULL))",
    "CREATE INDEX keyhold_adopted_changes_of ON keyhold_adopted_changes (old_id)",
};

// When the database was set back to an earlier moment: restore.hpp.
constexpr std::string_view restored[]{
    "CREATE TABLE keyhold_restored (only_row INTEGER NOT NULL PRIMARY KEY, restored_at BIGINT NOT NULL)",
};

// node.hpp, docs/several-nodes.md.
constexpr std::string_view nodes[]{
    R"(CREATE TABLE keyhold_nodes (
           id {compared} NOT NULL PRIMARY KEY,
           passed BIGINT NOT NULL,
           beat BIGINT NOT NULL))",
};

// 0: hashed as it was typed, as the rows are that other applications wrote.
constexpr std::string_view password_form[]{
    "ALTER TABLE keyhold_accounts ADD COLUMN password_nfc INTEGER NOT NULL DEFAULT 0",
};

// Those that are live are found without reading those of the same account that have ended.
constexpr std::string_view live_sessions[]{
    "CREATE INDEX keyhold_sessions_live ON keyhold_sessions (account_id, ended_at, id)",
    "DROP INDEX keyhold_sessions_of_account ON keyhold_sessions",
};

// Devices that an account knows, and the count of what was settled: throttle_store.hpp.
constexpr std::string_view devices[]{
    "ALTER TABLE keyhold_failures ADD COLUMN settled BIGINT NOT NULL DEFAULT 0",
    R"(CREATE TABLE keyhold_devices (
           id {compared} NOT NULL PRIMARY KEY,
           account_id {compared} NOT NULL,
           generation BIGINT NOT NULL,
           last_use BIGINT NOT NULL))",
    "CREATE INDEX keyhold_devices_of_account ON keyhold_devices (account_id)",
};

// What is shown once: secret_store.hpp. 0 and '' stand for "not yet" and "nobody".
constexpr std::string_view one_time_secrets[]{
    R"(CREATE TABLE keyhold_one_time_secrets (
           digest {compared} NOT NULL PRIMARY KEY,
           purpose TEXT NOT NULL,
           account_id TEXT NOT NULL,
           address TEXT NOT NULL,
           attempts BIGINT NOT NULL,
           expires_at BIGINT NOT NULL,
           used_at BIGINT NOT NULL))",
    "CREATE INDEX keyhold_one_time_secrets_by_end ON keyhold_one_time_secrets (expires_at)",
};

// From when on the tokens of an application that shares its secret with us are good (Account::tokens_valid_from). Until
// now nobody noted when a password was changed: 0 for the users of an adopted application alone, whose tokens may be
// older than the account.
constexpr std::string_view valid_from[]{
    "ALTER TABLE keyhold_accounts ADD COLUMN tokens_valid_from BIGINT NOT NULL DEFAULT 0",
    "UPDATE keyhold_accounts SET tokens_valid_from = created_at WHERE id NOT IN (SELECT account_id FROM "
    "keyhold_adopted)",
    "UPDATE keyhold_accounts SET tokens_valid_from = {now} + 1 WHERE generation > 0",
    R"(CREATE TABLE keyhold_removed_names (
           account_id {compared} NOT NULL PRIMARY KEY,
           name_key {compared} NOT NULL,
           removed_at BIGINT NOT NULL))",
    "CREATE INDEX keyhold_removed_names_by_name ON keyhold_removed_names (name_key)",
    "ALTER TABLE keyhold_adopted_changes ADD COLUMN noted_at BIGINT NOT NULL DEFAULT 0",
};

// The columns that lock an adopted application's users out (ForeignLock); there was one at most.
constexpr std::string_view locks[]{
    R"(CREATE TABLE keyhold_adopted_locks (
           position INTEGER NOT NULL PRIMARY KEY,
           column_name TEXT NOT NULL,
           column_type TEXT NOT NULL,
           is_negative INTEGER NOT NULL,
           is_moment INTEGER NOT NULL))",
    "INSERT INTO keyhold_adopted_locks (position, column_name, column_type, is_negative, is_moment) SELECT 0, "
    "active_column, 'boolean', 0, 0 FROM keyhold_adoption WHERE active_column <> ''",
};

// Account::email says what is in them.
constexpr std::string_view addresses[]{
    "ALTER TABLE keyhold_accounts ADD COLUMN email TEXT NULL",
    "ALTER TABLE keyhold_accounts ADD COLUMN email_key {compared} NULL",
    "ALTER TABLE keyhold_accounts ADD COLUMN email_verified INTEGER NOT NULL DEFAULT 0",
    "CREATE UNIQUE INDEX keyhold_accounts_by_email_key ON keyhold_accounts (email_key)",
};

// role_store.hpp. Whoever runs the server makes the first administrator: `keyhold role grant admin ann`.
constexpr std::string_view roles[]{
    "CREATE TABLE keyhold_roles (name {compared} NOT NULL PRIMARY KEY, created_at BIGINT NOT NULL)",
    "CREATE TABLE keyhold_role_scopes (role {compared} NOT NULL, scope {compared} NOT NULL, PRIMARY KEY (role, scope))",
    R"(CREATE TABLE keyhold_account_roles (
           account_id {compared} NOT NULL,
           role {compared} NOT NULL,
           PRIMARY KEY (account_id, role)))",
    "CREATE INDEX keyhold_account_roles_of_role ON keyhold_account_roles (role, account_id)",
    "INSERT INTO keyhold_roles (name, created_at) VALUES ('admin', {now})",
    "INSERT INTO keyhold_role_scopes (role, scope) VALUES ('admin', 'keyhold:admin')",
    "ALTER TABLE keyhold_accounts ADD COLUMN roles TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_sessions ADD COLUMN scope TEXT NULL",
};

// Mails that are to be sent: outbox_store.hpp. 0 and '' stand for "not yet" and "nobody".
constexpr std::string_view outbox[]{
    R"(CREATE TABLE keyhold_outbox (
           id {compared} NOT NULL PRIMARY KEY,
           kind TEXT NOT NULL,
           account_id {compared} NOT NULL,
           address {compared} NOT NULL,
           language TEXT NOT NULL,
           origin TEXT NOT NULL,
           device TEXT NOT NULL,
           other_address TEXT NOT NULL,
           created_at BIGINT NOT NULL,
           due_at BIGINT NOT NULL,
           expires_at BIGINT NOT NULL,
           attempts BIGINT NOT NULL,
           state BIGINT NOT NULL,
           settled_at BIGINT NOT NULL,
           said TEXT NOT NULL))",
    "CREATE INDEX keyhold_outbox_by_due ON keyhold_outbox (state, due_at)",
    "CREATE INDEX keyhold_outbox_by_settled ON keyhold_outbox (state, settled_at)",
    "CREATE INDEX keyhold_outbox_by_address ON keyhold_outbox (address, settled_at)",
};

// OAuth clients, what they were allowed, and their sessions: client_store.hpp, authorization_store.hpp. A session of a
// client says whose it is, what for, and in which session of the browser it began. A key that signs ID tokens has the
// purpose "id_token".
constexpr std::string_view oauth[]{
    R"(CREATE TABLE keyhold_clients (
           id {compared} NOT NULL PRIMARY KEY,
           name TEXT NOT NULL,
           secret_digest TEXT NOT NULL,
           redirect_uris TEXT NOT NULL,
           post_logout_redirect_uris TEXT NOT NULL,
           grants TEXT NOT NULL,
           scopes TEXT NOT NULL,
           backchannel_logout_uri TEXT NOT NULL,
           id_token_algorithm TEXT NOT NULL,
           first_party INTEGER NOT NULL,
           needs_pkce INTEGER NOT NULL,
           registration_digest TEXT NOT NULL,
           created_at BIGINT NOT NULL))",
    R"(CREATE TABLE keyhold_authorization_codes (
           digest {compared} NOT NULL PRIMARY KEY,
           client_id {compared} NOT NULL,
           account_id TEXT NOT NULL,
           parent_id TEXT NOT NULL,
           redirect_uri TEXT NOT NULL,
           scope TEXT NOT NULL,
           nonce TEXT NOT NULL,
           code_challenge TEXT NOT NULL,
           authenticated_at BIGINT NOT NULL,
           expires_at BIGINT NOT NULL,
           used_at BIGINT NOT NULL,
           session_id TEXT NOT NULL))",
    "CREATE INDEX keyhold_authorization_codes_by_end ON keyhold_authorization_codes (expires_at)",
    R"(CREATE TABLE keyhold_consents (
           account_id {compared} NOT NULL,
           client_id {compared} NOT NULL,
           scope TEXT NOT NULL,
           given_at BIGINT NOT NULL,
           PRIMARY KEY (account_id, client_id)))",
    R"(CREATE TABLE keyhold_pushed_requests (
           digest {compared} NOT NULL PRIMARY KEY,
           client_id TEXT NOT NULL,
           parameters TEXT NOT NULL,
           expires_at BIGINT NOT NULL))",
    "CREATE INDEX keyhold_pushed_requests_by_end ON keyhold_pushed_requests (expires_at)",
    "ALTER TABLE keyhold_sessions ADD COLUMN client_id {compared} NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_sessions ADD COLUMN parent_id {compared} NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_sessions ADD COLUMN authenticated_at BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX keyhold_sessions_by_parent ON keyhold_sessions (parent_id)",
    "ALTER TABLE keyhold_keys ADD COLUMN purpose {compared} NOT NULL DEFAULT ''",
    R"(CREATE TABLE keyhold_logout_notices (
           session_id {compared} NOT NULL PRIMARY KEY,
           client_id TEXT NOT NULL,
           account_id TEXT NOT NULL,
           due_at BIGINT NOT NULL,
           attempts BIGINT NOT NULL))",
    "CREATE INDEX keyhold_logout_notices_by_due ON keyhold_logout_notices (due_at)",
};

// Links and codes that are sent by mail: recovery_store.hpp.
constexpr std::string_view recovery[]{
    "ALTER TABLE keyhold_one_time_secrets ADD COLUMN subject {compared} NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_one_time_secrets ADD COLUMN mail_id TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX keyhold_one_time_secrets_of_subject ON keyhold_one_time_secrets (subject)",
    "CREATE INDEX keyhold_outbox_of_account ON keyhold_outbox (account_id, created_at)",
};

// Keys of ID tokens, where no older node looks for its own (key_store.cpp). And whoever removes a client finds its
// sessions without reading all.
constexpr std::string_view id_token_keys[]{
    R"(CREATE TABLE keyhold_id_token_keys (
           kid {compared} NOT NULL PRIMARY KEY,
           algorithm TEXT NOT NULL,
           sealed TEXT NOT NULL,
           created_at BIGINT NOT NULL,
           signs_from BIGINT NOT NULL,
           verifies_until BIGINT NOT NULL,
           dropped_at BIGINT NOT NULL,
           purpose {compared} NOT NULL))",
    "CREATE INDEX keyhold_sessions_by_client ON keyhold_sessions (client_id)",
};

// Clients that prove themselves by keys of their own, register themselves, and ask for single claims: client_store.hpp,
// authorization_store.hpp.
constexpr std::string_view client_keys[]{
    "ALTER TABLE keyhold_clients ADD COLUMN auth_method TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_clients ADD COLUMN jwks TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_clients ADD COLUMN jwks_uri TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_clients ADD COLUMN userinfo_algorithm TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_clients ADD COLUMN policy_uri TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_clients ADD COLUMN tos_uri TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_authorization_codes ADD COLUMN id_token_claims TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE keyhold_client_assertions (digest {compared} NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL)",
    "CREATE INDEX keyhold_client_assertions_by_end ON keyhold_client_assertions (expires_at)",
};

// Devices without a browser (RFC 8628): authorization_store.hpp.
constexpr std::string_view device_codes[]{
    R"(CREATE TABLE keyhold_device_codes (
           digest {compared} NOT NULL PRIMARY KEY,
           user_code_digest {compared} NOT NULL,
           client_id TEXT NOT NULL,
           scope TEXT NOT NULL,
           state INTEGER NOT NULL,
           account_id TEXT NOT NULL,
           authenticated_at BIGINT NOT NULL,
           expires_at BIGINT NOT NULL,
           interval_seconds BIGINT NOT NULL,
           asked_at BIGINT NOT NULL,
           used_at BIGINT NOT NULL,
           session_id TEXT NOT NULL))",
    "CREATE UNIQUE INDEX keyhold_device_codes_by_user_code ON keyhold_device_codes (user_code_digest)",
    "CREATE INDEX keyhold_device_codes_by_end ON keyhold_device_codes (expires_at)",
};

// event.hpp, event_store.hpp. A row that is not sealed has no number: those are found by the index of numbers.
constexpr std::string_view events[]{
    R"(CREATE TABLE keyhold_events (
           id {compared} NOT NULL PRIMARY KEY,
           sequence BIGINT NULL,
           happened_at BIGINT NOT NULL,
           kind {compared} NOT NULL,
           account_id {compared} NOT NULL,
           actor_id {compared} NOT NULL,
           door TEXT NOT NULL,
           object TEXT NOT NULL,
           reason TEXT NOT NULL,
           times BIGINT NOT NULL,
           personal_digest TEXT NOT NULL,
           address TEXT NOT NULL,
           device TEXT NOT NULL,
           note TEXT NOT NULL,
           salt TEXT NOT NULL,
           hash TEXT NOT NULL))",
    "CREATE UNIQUE INDEX keyhold_events_by_sequence ON keyhold_events (sequence)",
    "CREATE INDEX keyhold_events_of_account ON keyhold_events (account_id, id)",
    "CREATE INDEX keyhold_events_of_actor ON keyhold_events (actor_id, id)",
    "CREATE INDEX keyhold_events_of_kind ON keyhold_events (kind, id)",
    "CREATE TABLE keyhold_event_chain (only_row INTEGER NOT NULL PRIMARY KEY, sequence BIGINT NOT NULL, hash TEXT NOT "
    "NULL)",
    "INSERT INTO keyhold_event_chain (only_row, sequence, hash) VALUES (1, 0, '')",
    R"(CREATE TABLE keyhold_event_checkpoints (
           sequence BIGINT NOT NULL PRIMARY KEY,
           hash TEXT NOT NULL,
           made_at BIGINT NOT NULL,
           is_stub INTEGER NOT NULL,
           kid TEXT NOT NULL,
           signature TEXT NOT NULL))",
};

// How an adopted application keeps what it does (ForeignTable): the address of a user, bytes or text for hashes, which
// hashes it reads, whether people may register here, and the words of a column that locks out.
constexpr std::string_view adopted_forms[]{
    "ALTER TABLE keyhold_adoption ADD COLUMN email_column TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_adoption ADD COLUMN email_required INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE keyhold_adoption ADD COLUMN password_bytes INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE keyhold_adoption ADD COLUMN written_hash TEXT NOT NULL DEFAULT 'bcrypt'",
    "ALTER TABLE keyhold_adoption ADD COLUMN newcomers INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE keyhold_adopted_locks ADD COLUMN may_value TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE keyhold_adopted_locks ADD COLUMN may_not_value TEXT NOT NULL DEFAULT ''",
};

// Account::erase_at says what is in it; 0 stands for "not closed".
constexpr std::string_view closed_accounts[]{
    "ALTER TABLE keyhold_accounts ADD COLUMN erase_at BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX keyhold_accounts_by_erase_at ON keyhold_accounts (erase_at)",
};

// When each change was made: NumberedChange.
constexpr std::string_view dated_changes[]{
    "ALTER TABLE keyhold_changes ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0",
};

// profile_store.hpp.
constexpr std::string_view profiles[]{
    R"(CREATE TABLE keyhold_profiles (
           account_id {compared} NOT NULL PRIMARY KEY,
           name TEXT NULL, given_name TEXT NULL, family_name TEXT NULL, middle_name TEXT NULL, nickname TEXT NULL,
           profile TEXT NULL, picture TEXT NULL, website TEXT NULL,
           gender TEXT NULL, birthdate TEXT NULL, zoneinfo TEXT NULL, locale TEXT NULL,
           updated_at BIGINT NOT NULL))",
};

constexpr Step steps[]{accounts,   sessions,      throttle,        adoption,      restored,
                       nodes,      password_form, live_sessions,   devices,       one_time_secrets,
                       valid_from, locks,         addresses,       roles,         outbox,
                       oauth,      recovery,      id_token_keys,   client_keys,   device_codes,
                       events,     adopted_forms, closed_accounts, dated_changes, profiles};

}  // namespace

std::span<const Step> first_migration_steps() { return steps; }

}  // namespace keyhold::store
