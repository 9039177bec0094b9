// SPDX-License-Identifier: Apache-2.0
// MariaDB Connector/C (https://mariadb.com/kb/en/mariadb-connector-c/), opened at need.
#pragma once

#include <mariadb/mysql.h>

namespace keyhold::store::mariadb {

struct Libmariadb {
    decltype(&::mysql_server_init) library_init;
    decltype(&::mysql_init) init;
    decltype(&::mysql_options) options;
    decltype(&::mysql_real_connect) connect;
    decltype(&::mysql_close) close;
    decltype(&::mysql_errno) error_number;
    decltype(&::mysql_error) error_message;
    decltype(&::mysql_real_query) query;
    decltype(&::mysql_store_result) store_result;
    decltype(&::mysql_fetch_row) fetch_row;
    decltype(&::mysql_free_result) free_result;
    decltype(&::mysql_get_socket) socket;
    decltype(&::mysql_get_server_info) server_info;
    decltype(&::mysql_get_ssl_cipher) ssl_cipher;
    decltype(&::mysql_stmt_init) statement_init;
    decltype(&::mysql_stmt_prepare) statement_prepare;
    decltype(&::mysql_stmt_attr_set) statement_set;
    decltype(&::mysql_stmt_bind_param) bind_parameters;
    decltype(&::mysql_stmt_execute) statement_execute;
    decltype(&::mysql_stmt_bind_result) bind_result;
    decltype(&::mysql_stmt_store_result) statement_store_result;
    decltype(&::mysql_stmt_fetch) statement_fetch;
    decltype(&::mysql_stmt_fetch_column) fetch_column;
    decltype(&::mysql_stmt_free_result) statement_free_result;
    decltype(&::mysql_stmt_affected_rows) found;
    decltype(&::mysql_stmt_errno) statement_error_number;
    decltype(&::mysql_stmt_error) statement_error_message;
    decltype(&::mysql_stmt_close) statement_close;
};

// Throws Unavailable if it is not installed.
const Libmariadb& libmariadb();

}  // namespace keyhold::store::mariadb
