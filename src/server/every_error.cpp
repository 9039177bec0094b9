// SPDX-License-Identifier: Apache-2.0
// Every row of every errors.hpp in one list, for what has to show them all, as the document of the API does.
#include "server/every_error.hpp"

#include "domain/clients/client_errors.hpp"
#include "domain/errors.hpp"
#include "http/errors.hpp"
#include "http/routes/conditional.hpp"
#include "http/scopes.hpp"
#include "jose/errors.hpp"
#include "keyhold/hooks.hpp"
#include "oauth/errors.hpp"
#include "pages/errors.hpp"
#include "store/errors.hpp"

namespace keyhold::server {

std::span<const Errc> every_error() {
    using namespace errors;
    static constexpr Errc all[] = {insufficient_scope,
                                   token_repeated,
                                   unsupported_response_type,
                                   unmet_authentication_requirements,
                                   request_not_supported,
                                   registration_not_supported,
                                   invalid_request_object,
                                   precondition_required,
                                   precondition_failed,
                                   last_administrator,
                                   backup_impossible,
                                   import_undecided,
                                   import_elsewhere,
                                   backup_failed,
                                   role_not_found,
                                   role_kept,
                                   rights_too_large,
                                   rights_exceeded,
                                   invalid_scope,
                                   email_taken,
                                   not_found,
                                   validation_failed,
                                   malformed,
                                   configuration,
                                   internal,
                                   store_unavailable,
                                   own,
                                   bad_request,
                                   method_not_allowed,
                                   request_timeout,
                                   body_too_large,
                                   target_too_long,
                                   unsupported_media_type,
                                   expectation_failed,
                                   misdirected,
                                   credentials_in_query,
                                   head_too_large,
                                   not_implemented,
                                   version_not_supported,
                                   overloaded,
                                   busy,
                                   too_many_connections,
                                   too_many_of_address,
                                   cross_site,
                                   key_malformed,
                                   key_weak,
                                   not_authenticated,
                                   token_malformed,
                                   token_signature,
                                   token_key_unknown,
                                   token_expired,
                                   token_not_yet_valid,
                                   token_claims,
                                   token_not_live,
                                   username_taken,
                                   invalid_credentials,
                                   registration_refused,
                                   database_in_use,
                                   account_not_found,
                                   wrong_password,
                                   too_many_attempts,
                                   too_many_registrations,
                                   too_many_requests,
                                   too_many_mails,
                                   no_mail,
                                   nothing_to_verify,
                                   nothing_to_change,
                                   one_time_secret_invalid,
                                   session_not_found,
                                   refresh_token_invalid,
                                   invalid_client,
                                   unsupported_grant_type,
                                   key_not_found,
                                   key_conflict,
                                   refused_by_hook,
                                   client_taken,
                                   code_invalid,
                                   client_not_found,
                                   unauthorized_client,
                                   unsupported_token_type,
                                   invalid_redirect_uri,
                                   authorization_pending,
                                   slow_down,
                                   device_code_expired,
                                   access_denied,
                                   user_code_unknown,
                                   invalid_authorization_request,
                                   invalid_logout_request,
                                   limited_session,
                                   form_expired,
                                   form_settled,
                                   password_needed};
    return all;
}

}  // namespace keyhold::server
