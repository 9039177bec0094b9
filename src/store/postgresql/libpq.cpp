// SPDX-License-Identifier: Apache-2.0
#include "store/postgresql/libpq.hpp"

#include "base/shared_library.hpp"

namespace keyhold::store::postgresql {

namespace {

Libpq load() {
    const SharedLibrary library("libpq.so.5", "libpq5");
    Libpq pq{};
    library.find("PQconnectdbParams", pq.connectdb);
    library.find("PQfinish", pq.finish);
    library.find("PQstatus", pq.status);
    library.find("PQsocket", pq.socket);
    library.find("PQerrorMessage", pq.error_message);
    library.find("PQsetNoticeReceiver", pq.set_notice_receiver);
    library.find("PQsendPrepare", pq.send_prepare);
    library.find("PQsendQueryPrepared", pq.send_query_prepared);
    library.find("PQsendQuery", pq.send_query);
    library.find("PQsetnonblocking", pq.set_nonblocking);
    library.find("PQputCopyData", pq.put_copy_data);
    library.find("PQputCopyEnd", pq.put_copy_end);
    library.find("PQflush", pq.flush);
    library.find("PQconsumeInput", pq.consume_input);
    library.find("PQisBusy", pq.is_busy);
    library.find("PQgetResult", pq.get_result);
    library.find("PQnotifies", pq.notifies);
    library.find("PQfreemem", pq.free_memory);
    library.find("PQresultStatus", pq.result_status);
    library.find("PQresultErrorField", pq.result_error_field);
    library.find("PQntuples", pq.rows);
    library.find("PQgetisnull", pq.is_null);
    library.find("PQgetvalue", pq.value);
    library.find("PQgetlength", pq.length);
    library.find("PQcmdTuples", pq.found);
    library.find("PQclear", pq.clear);
    return pq;
}

}  // namespace

const Libpq& libpq() {
    static const Libpq loaded = load();
    return loaded;
}

}  // namespace keyhold::store::postgresql
