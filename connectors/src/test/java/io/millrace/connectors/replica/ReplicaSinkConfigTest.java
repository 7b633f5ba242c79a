package io.millrace.connectors.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.PropertyTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;

final class ReplicaSinkConfigTest {
    private static final Path PAGE = Path.of("..", "docs", "replicas.md");
    private static final String BEGIN =
            "<!-- Made from ReplicaSinkConfig: run ReplicaSinkConfigTest with -Dmillrace.rewrite=true. -->\n";

    @Test
    void thePageHasEveryPropertyAsItIsDefined() throws IOException {
        PropertyTable.check(PAGE, BEGIN, ReplicaSinkConfig.DEFINITION);
    }

    @Test
    void mistakesAreToldByTheirProperty() {
        assertThat(errors("connection.url", "jdbc:oracle:thin:x"))
                .singleElement()
                .asString()
                .contains("must begin with jdbc:postgresql: or jdbc:mysql: or jdbc:mariadb:");
        assertThat(errors("connection.url", "jdbc:postgresql://x/y?user=a&password=secret"))
                .singleElement()
                .asString()
                .contains("connection.password")
                .doesNotContain("secret");
        assertThat(errors("batch.max.rows", "0")).singleElement().asString().contains("at least 1");
        assertThat(errors("retry.jitter", "1.5")).singleElement().asString().contains("no more than 1.0");
        assertThat(errors("table.name", "all"))
                .singleElement()
                .asString()
                .contains("several topics cannot share the table all");
        assertThat(errors("table.name", "copy_of_${table}")).isEmpty();
        assertThat(errors("topics", "app.users")).isEmpty();
    }

    private static List<String> errors(String property, String value) {
        Map<String, String> properties = new HashMap<>(
                Map.of("name", "n", "topics", "app.users,app.items", "connection.url", "jdbc:postgresql://x/y"));
        properties.put(property, value);
        return new ReplicaSinkConnector()
                .validate(properties).configValues().stream()
                        .filter(each -> each.name().equals(property))
                        .map(ConfigValue::errorMessages)
                        .flatMap(List::stream)
                        .toList();
    }
}
