package io.millrace.connectors.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.PropertyTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;

final class HttpSinkConfigTest {
    @Test
    void thePageHasEveryPropertyAsItIsDefined() throws IOException {
        PropertyTable.check(
                Path.of("..", "docs", "webhooks.md"),
                "<!-- Made from HttpSinkConfig: run HttpSinkConfigTest with -Dmillrace.rewrite=true. -->\n",
                HttpSinkConfig.DEFINITION);
    }

    @Test
    void mistakesAreToldWithoutSecrets() {
        assertThat(errors("http.url", "ftp://host/token"))
                .singleElement()
                .asString()
                .contains("must begin with https://");
        assertThat(errors("http.url", "https://me:token@host/"))
                .singleElement()
                .asString()
                .contains("must not hold a user");
        assertThat(errors("http.url", "https://host/a token"))
                .singleElement()
                .asString()
                .contains("is no URL");
        assertThat(errors("http.method", "GET")).singleElement().asString().contains("POST");
        assertThat(errors("requests.in.flight", "0")).singleElement().asString().contains("at least 1");
        assertThat(errors("http.header.idempotency-key", "x"))
                .singleElement()
                .asString()
                .contains("sets itself");
        assertThat(errors("http.header.Bad Name", "x"))
                .singleElement()
                .asString()
                .contains("name of a header");
        assertThat(errors("http.header.Authorization", "Bearer token\r\nX: y"))
                .singleElement()
                .asString()
                .contains("http.header.Authorization has characters");
        assertThat(errors("retry.topic.delay.ms", "60000"))
                .singleElement()
                .asString()
                .contains("needs retry.topic.bootstrap.servers");
        assertThat(errors("http.header.Authorization", "Bearer ${file:/etc/secrets:hook}"))
                .isEmpty();
    }

    private static List<String> errors(String property, String value) {
        Map<String, String> properties = new HashMap<>(Map.of("name", "n", "topics", "t", "http.url", "https://host/"));
        properties.put(property, value);
        List<String> errors = new HttpSinkConnector()
                .validate(properties).configValues().stream()
                        .map(ConfigValue::errorMessages)
                        .flatMap(List::stream)
                        .toList();
        assertThat(errors).noneMatch(error -> error.contains("token"));
        return errors;
    }
}
