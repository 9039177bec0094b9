// SPDX-License-Identifier: Apache-2.0
package foreign;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.*;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.token.OIDCTokens;
import com.nimbusds.openid.connect.sdk.validators.AccessTokenValidator;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.util.HashMap;

// The Nimbus SDK: SignIn ISSUER CLIENT SECRET REDIRECT_URI writes where to send the person, reads with what they came back, and
// writes what came out as JSON.
public final class SignIn {
    private static boolean isRefused(IDTokenValidator validator, OIDCTokens tokens) throws Exception {
        try {
            validator.validate(tokens.getIDToken(), null);
            return false;
        } catch (BadJWTException refusal) {
            return true;
        }
    }

    public static void main(String[] arguments) throws Exception {
        Issuer issuer = new Issuer(arguments[0]);
        URI redirectUri = URI.create(arguments[3]);
        OIDCProviderMetadata found = OIDCProviderMetadata.resolve(issuer);
        Client client = new Client(found, arguments[1], arguments[2]);
        State state = new State();
        Nonce nonce = new Nonce();
        CodeVerifier verifier = new CodeVerifier();
        System.out.println(new AuthenticationRequest.Builder(ResponseType.CODE, Scope.parse("openid profile offline_access"), client.id, redirectUri)
            .endpointURI(found.getAuthorizationEndpointURI()).state(state).nonce(nonce).codeChallenge(verifier, CodeChallengeMethod.S256).build().toURI());

        var back = AuthenticationResponseParser.parse(URI.create(new BufferedReader(new InputStreamReader(System.in)).readLine().strip())).toSuccessResponse();
        var out = new HashMap<String, Object>();
        out.put("state", back.getState().equals(state));
        out.put("issuer", back.getIssuer().equals(issuer));
        out.put("wrong_code", Client.refusal(client.token(new AuthorizationCodeGrant(new AuthorizationCode("wrong"), redirectUri, verifier))));
        var tokens = client.token(new AuthorizationCodeGrant(back.getAuthorizationCode(), redirectUri, verifier)).toSuccessResponse().getTokens().toOIDCTokens();
        var keys = found.getJWKSetURI().toURL();
        var claims = new IDTokenValidator(issuer, client.id, JWSAlgorithm.RS256, keys).validate(tokens.getIDToken(), nonce);
        out.put("nonce", true);  // the validator has compared it
        AccessTokenValidator.validate(tokens.getAccessToken(), JWSAlgorithm.RS256, claims.getAccessTokenHash());
        out.put("of_another_client", isRefused(new IDTokenValidator(issuer, new ClientID("another"), JWSAlgorithm.RS256, keys), tokens));
        var person = UserInfoResponse.parse(new UserInfoRequest(found.getUserInfoEndpointURI(), tokens.getBearerAccessToken()).toHTTPRequest().send()).toSuccessResponse().getUserInfo();
        out.put("same_subject", person.getSubject().equals(claims.getSubject()));
        out.put("name", person.getPreferredUsername());
        var refreshed = client.refresh(tokens.getRefreshToken()).toSuccessResponse().getTokens();
        out.put("refreshed", !refreshed.getAccessToken().equals(tokens.getAccessToken()));
        out.put("introspected", client.isActive(refreshed.getAccessToken()));
        out.put("revoked", client.revoke(refreshed.getRefreshToken()));
        out.put("introspected_after_revocation", client.isActive(refreshed.getAccessToken()));
        out.put("refresh_after_revocation", Client.refusal(client.refresh(refreshed.getRefreshToken())));
        System.out.println(JSONObjectUtils.toJSONString(out));
    }
}
