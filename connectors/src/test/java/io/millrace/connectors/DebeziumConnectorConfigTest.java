package io.millrace.connectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.DebeziumConnectorConfig.TableName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DebeziumConnectorConfigTest {

    private static DebeziumConnectorConfig config(String database, String password, TableName... tables) {
        return new DebeziumConnectorConfig(
                database,
                "s1",
                "db1.example",
                5432,
                "app",
                "millrace",
                password,
                List.of(tables),
                Set.of(),
                "http://registry:8081",
                4,
                5_000,
                Map.of());
    }

    private static DebeziumConnectorConfig photos() {
        return config(
                "photos", "${env:S1_PASSWORD}", new TableName("public", "users"), new TableName("My App", "Odd,T.x"));
    }

    @Test
    void everythingIsFilledIn() {
        Map<String, String> rendered = photos().render();

        assertThat(rendered)
                .containsEntry("name", "millrace-photos-s1")
                .containsEntry("topic.prefix", "photos__s1")
                .containsEntry("slot.name", "millrace_photos")
                .containsEntry("database.hostname", "db1.example")
                .containsEntry("database.password", "${env:S1_PASSWORD}")
                .containsEntry("topic.creation.default.partitions", "4")
                .containsEntry("producer.override.millrace.schema.registry.url", "http://registry:8081");
        assertThat(rendered.values()).noneMatch(value -> value.contains("{{"));
    }

    @Test
    void tablesAreMatchedByTheirExactNames() {
        String[] patterns = photos().render().get("table.include.list").split(",");

        assertThat(patterns).hasSize(2);
        assertThat("public.users").matches(patterns[0]);
        assertThat("publicXusers").doesNotMatch(patterns[0]);
        assertThat("My App.Odd,T.x").matches(patterns[1]);
    }

    @Test
    void tablesTopicsAreMergedAndOthersAreNot() {
        Map<String, String> rendered = photos().render();
        Pattern regex = Pattern.compile(rendered.get("transforms.route.topic.regex"));
        String replacement = rendered.get("transforms.route.topic.replacement");

        assertThat(routed(regex, replacement, "photos__s1.public.users")).isEqualTo("photos.users");
        assertThat(routed(regex, replacement, "photos__s1.My_App.Odd")).isEqualTo("photos.My_App.Odd");
        for (String other : List.of(
                "__debezium-heartbeat.photos__s1",
                "photos__s1.transaction",
                "photos__s10.public.users",
                "photos__s1")) {
            assertThat(routed(regex, replacement, other)).isEqualTo(other);
        }
        assertThat("photos__s1.public.users").matches(rendered.get("transforms.route.key.field.regex"));
    }

    private static String routed(Pattern regex, String replacement, String topic) {
        Matcher matcher = regex.matcher(topic);
        return matcher.matches() ? matcher.replaceFirst(replacement) : topic;
    }

    @Test
    void theTopicsAreKnownBeforehand() {
        assertThat(photos().topics()).containsExactly("photos.users", "photos.My_App.Odd_T.x");
        assertThat(photos().heartbeatTopic()).isEqualTo("__debezium-heartbeat.photos__s1");
    }

    private static DebeziumConnectorConfig withLogs(Map<String, String> overrides) {
        TableName users = new TableName("public", "users");
        TableName logs = new TableName("My App", "logs");
        return new DebeziumConnectorConfig(
                "app",
                "s1",
                "db1.example",
                5432,
                "app",
                "millrace",
                "${env:X}",
                List.of(users, logs),
                Set.of(logs),
                "http://registry:8081",
                4,
                5_000,
                overrides);
    }

    @Test
    void topicsOfTablesWithoutAKeyKeepEveryRecord() {
        Map<String, String> rendered = withLogs(Map.of()).render();

        assertThat(rendered)
                .containsEntry("transforms", "route,transactions,rows")
                .containsEntry("transforms.rows.topics", "app.My_App.logs")
                .containsEntry("producer.override.millrace.shard", "s1")
                .containsEntry("topic.creation.default.cleanup.policy", "compact")
                .containsEntry("topic.creation.rows.cleanup.policy", "delete")
                .containsEntry("topic.creation.rows.retention.ms", "-1")
                .containsEntry("snapshot.locking.mode.custom.name", NewSlotCheck.NAME);
        assertThat("app.My_App.logs").matches(rendered.get("topic.creation.rows.include"));
        assertThat("app.users").doesNotMatch(rendered.get("topic.creation.rows.include"));
        assertThat(rendered.values()).noneMatch(value -> value.contains("{{"));
        assertThat(photos().render())
                .containsEntry("transforms", "route,transactions")
                .containsEntry("topic.creation.groups", "heartbeat")
                .doesNotContainKey("skipped.operations");
    }

    @Test
    void theRowsOfASnapshotMustBeToldFromThoseOfAnother() {
        assertThatThrownBy(() -> withLogs(Map.of("snapshot.max.threads", "4")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("snapshot.max.threads");
    }

    @Test
    void aSlotsNameFitsPostgreSQL() {
        assertThat(config("Photo-App", "${env:X}", new TableName("public", "t")).slotName())
                .isEqualTo("millrace_photo_app");
        assertThat(config("x".repeat(100), "${env:X}", new TableName("public", "t"))
                        .slotName())
                .hasSize(63);
    }

    @Test
    void aPasswordItselfIsRefusedAndNotShown() {
        assertThatThrownBy(() -> config("photos", "hunter2", new TableName("public", "t")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reference")
                .message()
                .doesNotContain("hunter2");
    }

    @Test
    void passwordsAmongTheOverridesAreReferences() {
        for (String name : List.of(
                "database.password",
                "database.sslpassword",
                "producer.override.ssl.truststore.PASSWORD",
                "sasl.client.secret",
                "key.converter.basic.auth.user.info")) {
            assertThatThrownBy(() -> withLogs(Map.of(name, "hunter2")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(name + " must be a reference")
                    .message()
                    .doesNotContain("hunter2");
            assertThat(withLogs(Map.of(name, "${env:OTHER}")).render()).containsEntry(name, "${env:OTHER}");
        }
    }

    @Test
    void whatOthersHaveSetStays() {
        Map<String, String> deployed = Map.of(
                "heartbeat.action.query", "SELECT 1",
                "heartbeat.interval.ms", "1",
                "skipped.operations", "none",
                "snapshot.max.threads", "4");

        assertThat(photos().render(deployed))
                .containsAllEntriesOf(photos().render())
                .containsEntry("heartbeat.action.query", "SELECT 1")
                .containsEntry("snapshot.max.threads", "4")
                .as("given to tables without a primary key alone")
                .doesNotContainKey("skipped.operations");
        assertThat(withLogs(Map.of()).render(deployed))
                .containsEntry("heartbeat.action.query", "SELECT 1")
                .containsEntry("skipped.operations", "none")
                .doesNotContainKey("snapshot.max.threads");
    }

    @Test
    void namesThatCouldNotBeToldApartAreRefused() {
        assertThatThrownBy(() -> config("photos__x", "${env:X}", new TableName("public", "t")))
                .hasMessageContaining("photos__x");
        assertThatThrownBy(() -> config("photos", "${env:X}")).hasMessageContaining("no table");
    }
}
