// SPDX-License-Identifier: Apache-2.0
// libpq (https://www.postgresql.org/docs/15/libpq.html), opened at need.
#pragma once

#include <libpq-fe.h>

namespace keyhold::store::postgresql {

struct Libpq {
    decltype(&::PQconnectdbParams) connectdb;
    decltype(&::PQfinish) finish;
    decltype(&::PQstatus) status;
    decltype(&::PQsocket) socket;
    decltype(&::PQerrorMessage) error_message;
    decltype(&::PQsetNoticeReceiver) set_notice_receiver;
    decltype(&::PQsendPrepare) send_prepare;
    decltype(&::PQsendQueryPrepared) send_query_prepared;
    decltype(&::PQsendQuery) send_query;
    decltype(&::PQsetnonblocking) set_nonblocking;
    decltype(&::PQputCopyData) put_copy_data;
    decltype(&::PQputCopyEnd) put_copy_end;
    decltype(&::PQflush) flush;
    decltype(&::PQconsumeInput) consume_input;
    decltype(&::PQisBusy) is_busy;
    decltype(&::PQgetResult) get_result;
    decltype(&::PQnotifies) notifies;
    decltype(&::PQfreemem) free_memory;
    decltype(&::PQresultStatus) result_status;
    decltype(&::PQresultErrorField) result_error_field;
    decltype(&::PQntuples) rows;
    decltype(&::PQgetisnull) is_null;
    decltype(&::PQgetvalue) value;
    decltype(&::PQgetlength) length;
    decltype(&::PQcmdTuples) found;
    decltype(&::PQclear) clear;
};

// Throws Unavailable if it is not installed.
const Libpq& libpq();

}  // namespace keyhold::store::postgresql
