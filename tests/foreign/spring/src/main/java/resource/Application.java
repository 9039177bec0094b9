// SPDX-License-Identifier: Apache-2.0
package resource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

// What Spring Boot makes of the dependency alone: every path wants a bearer token of the issuer.
@SpringBootApplication
@RestController
public class Application {
    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }

    @GetMapping("/whoami")
    public String whoAmI(@AuthenticationPrincipal Jwt token) {
        return token.getSubject();
    }
}
