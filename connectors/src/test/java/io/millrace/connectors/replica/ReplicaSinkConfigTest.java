package io.millrace.connectors.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;

final class ReplicaSinkConfigTest {
    private static final Path PAGE = Path.of("..", "docs", "replicas.md");
    private static final String BEGIN =
            "<!-- Made from ReplicaSinkConfig: run ReplicaSinkConfigTest with -Dmillrace.rewrite=true. -->\n";
    private static final String END = "<!-- End. -->";

    @Test
    void thePageHasEveryPropertyAsItIsDefined() throws IOException {
        String page = Files.readString(PAGE);
        int from = page.indexOf(BEGIN) + BEGIN.length();
        int to = page.indexOf(END, from);
        if (Boolean.getBoolean("millrace.rewrite")) {
            page = page.substring(0, from) + table() + page.substring(to);
            Files.writeString(PAGE, page);
            to = page.indexOf(END, from);
        }
        assertThat(page.substring(from, to)).isEqualTo(table());
    }

    private static String table() {
        StringBuilder table = new StringBuilder("\n| property | default | meaning |\n|---|---|---|\n");
        for (ConfigDef.ConfigKey key : ReplicaSinkConfig.DEFINITION.configKeys().values()) {
            String standard = !key.hasDefault()
                    ? "required"
                    : key.type == ConfigDef.Type.PASSWORD || key.defaultValue.equals("")
                            ? ""
                            : "`" + key.defaultValue + "`";
            table.append("| `").append(key.name).append("` | ").append(standard).append(" | ");
            table.append(key.documentation).append(" |\n");
        }
        return table.append('\n').toString();
    }

    @Test
    void mistakesAreToldByTheirProperty() {
        assertThat(errors("connection.url", "jdbc:mysql://x/y"))
                .singleElement()
                .asString()
                .contains("must begin with jdbc:postgresql:");
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

    @Test
    void pausesGrowToTheirLimit() {
        RetryPolicy policy = new RetryPolicy(3, 100, 2.0, 0.5, 1_000);
        assertThat(policy.pauseMs(1, 0)).isEqualTo(100);
        assertThat(policy.pauseMs(3, 0)).isEqualTo(400);
        assertThat(policy.pauseMs(3, 1)).isEqualTo(200);
        assertThat(policy.pauseMs(50, 0)).isEqualTo(1_000);
        assertThat(policy.allows(3)).isTrue();
        assertThat(policy.allows(4)).isFalse();
        assertThat(new RetryPolicy(-1, 100, 2.0, 0.5, 1_000).allows(1_000_000)).isTrue();
    }
}
