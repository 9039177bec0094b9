// SPDX-License-Identifier: Apache-2.0
package resource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

// What Spring Boot makes of the dependency alone: every path wants a bearer token of the issuer. The rules that
// docs/protect-your-routes.md shows are in another package, and count where --spring.main.sources names them.
@SpringBootApplication
@RestController
public class Application {
    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }

    @RequestMapping("/notes")
    public String notes(@AuthenticationPrincipal Jwt token) {
        return token.getSubject();
    }
}
