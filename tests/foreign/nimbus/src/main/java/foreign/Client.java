// SPDX-License-Identifier: Apache-2.0
package foreign;

import com.nimbusds.oauth2.sdk.*;
import com.nimbusds.oauth2.sdk.as.ReadOnlyAuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.auth.ClientAuthentication;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.RefreshToken;
import com.nimbusds.oauth2.sdk.token.Token;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;

// What a client does at the endpoints that discovery names, with a secret (HTTP Basic) or without one.
final class Client {
    final ClientID id;
    private final ClientAuthentication own;  // null: it has no secret
    private final ReadOnlyAuthorizationServerMetadata found;

    Client(ReadOnlyAuthorizationServerMetadata found, String id, String secret) {
        this.found = found;
        this.id = new ClientID(id);
        own = secret == null ? null : new ClientSecretBasic(this.id, new Secret(secret));
    }

    TokenResponse token(AuthorizationGrant grant) throws Exception {
        var builder = own == null ? new TokenRequest.Builder(found.getTokenEndpointURI(), id, grant)
                                  : new TokenRequest.Builder(found.getTokenEndpointURI(), own, grant);
        return OIDCTokenResponseParser.parse(builder.build().toHTTPRequest().send());
    }

    TokenResponse refresh(RefreshToken token) throws Exception {
        return token(new RefreshTokenGrant(token));
    }

    boolean revoke(Token token) throws Exception {
        var request = own == null ? new TokenRevocationRequest(found.getRevocationEndpointURI(), id, token)
                                  : new TokenRevocationRequest(found.getRevocationEndpointURI(), own, token);
        return request.toHTTPRequest().send().getStatusCode() == HTTPResponse.SC_OK;
    }

    boolean isActive(Token token) throws Exception {
        var request = new TokenIntrospectionRequest(found.getIntrospectionEndpointURI(), own, token);
        return TokenIntrospectionResponse.parse(request.toHTTPRequest().send()).toSuccessResponse().isActive();
    }

    static String refusal(TokenResponse response) {
        return response.indicatesSuccess() ? "none" : response.toErrorResponse().getErrorObject().getCode();
    }
}
