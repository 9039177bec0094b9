// SPDX-License-Identifier: Apache-2.0
#include "store/mariadb/libmariadb.hpp"

#include "base/shared_library.hpp"

namespace keyhold::store::mariadb {

namespace {

// The names are those of the library; ours are the parts of them that are not the same everywhere.
Libmariadb load() {
    const SharedLibrary library("libmariadb.so.3", "libmariadb3");
    Libmariadb my{};
    library.find("mysql_server_init", my.library_init);
    library.find("mysql_init", my.init);
    library.find("mysql_options", my.options);
    library.find("mysql_real_connect", my.connect);
    library.find("mysql_close", my.close);
    library.find("mysql_errno", my.error_number);
    library.find("mysql_error", my.error_message);
    library.find("mysql_real_query", my.query);
    library.find("mysql_store_result", my.store_result);
    library.find("mysql_fetch_row", my.fetch_row);
    library.find("mysql_free_result", my.free_result);
    library.find("mysql_get_socket", my.socket);
    library.find("mysql_get_ssl_cipher", my.ssl_cipher);
    library.find("mysql_get_server_info", my.server_info);
    library.find("mysql_stmt_init", my.statement_init);
    library.find("mysql_stmt_prepare", my.statement_prepare);
    library.find("mysql_stmt_attr_set", my.statement_set);
    library.find("mysql_stmt_bind_param", my.bind_parameters);
    library.find("mysql_stmt_execute", my.statement_execute);
    library.find("mysql_stmt_bind_result", my.bind_result);
    library.find("mysql_stmt_store_result", my.statement_store_result);
    library.find("mysql_stmt_fetch", my.statement_fetch);
    library.find("mysql_stmt_fetch_column", my.fetch_column);
    library.find("mysql_stmt_free_result", my.statement_free_result);
    library.find("mysql_stmt_affected_rows", my.found);
    library.find("mysql_stmt_errno", my.statement_error_number);
    library.find("mysql_stmt_error", my.statement_error_message);
    library.find("mysql_stmt_close", my.statement_close);
    my.library_init(0, nullptr, nullptr);  // once, before there are threads that use it
    return my;
}

}  // namespace

const Libmariadb& libmariadb() {
    static const Libmariadb loaded = load();
    return loaded;
}

}  // namespace keyhold::store::mariadb
