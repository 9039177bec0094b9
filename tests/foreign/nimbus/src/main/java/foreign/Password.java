// SPDX-License-Identifier: Apache-2.0
package foreign;

import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.oauth2.sdk.ResourceOwnerPasswordCredentialsGrant;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.token.AccessToken;
import java.net.URI;
import java.util.HashMap;

// The Nimbus SDK: Password BASE USER PASSWORD CLIENT [SECRET] writes what came out as JSON.
public final class Password {
    private static String greet(String base, AccessToken token) throws Exception {
        HTTPRequest request = new HTTPRequest(HTTPRequest.Method.GET, URI.create(base + "/protected"));
        request.setAuthorization(token.toAuthorizationHeader());
        return request.send().getBody().strip();
    }

    private static TokenResponse logIn(Client client, String user, String password) throws Exception {
        return client.token(new ResourceOwnerPasswordCredentialsGrant(user, new Secret(password)));
    }

    public static void main(String[] arguments) throws Exception {
        String base = arguments[0], user = arguments[1], password = arguments[2], secret = arguments.length > 4 ? arguments[4] : null;
        Client client = new Client(AuthorizationServerMetadata.resolve(new Issuer(base)), arguments[3], secret);

        var out = new HashMap<String, Object>();
        out.put("wrong_password", Client.refusal(logIn(client, user, password + "x")));
        var before = logIn(client, user, password).toSuccessResponse().getTokens();
        out.put("greeting", greet(base, before.getAccessToken()));
        var refreshed = client.refresh(before.getRefreshToken()).toSuccessResponse().getTokens();
        out.put("greeting_after_refresh", greet(base, refreshed.getAccessToken()));
        out.put("refreshed", !refreshed.getAccessToken().equals(before.getAccessToken()) && !refreshed.getRefreshToken().equals(before.getRefreshToken()));
        if (secret != null) out.put("introspected", client.isActive(refreshed.getAccessToken()));
        out.put("revoked", client.revoke(refreshed.getRefreshToken()));
        if (secret != null) out.put("introspected_after_revocation", client.isActive(refreshed.getAccessToken()));
        out.put("refresh_after_revocation", Client.refusal(client.refresh(refreshed.getRefreshToken())));
        System.out.println(JSONObjectUtils.toJSONString(out));
    }
}
