package io.millrace.connectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RowsWithoutKeyTest {
    private static final Schema KEY =
            SchemaBuilder.struct().field("id", Schema.INT32_SCHEMA).build();
    private static final Schema EVENT =
            SchemaBuilder.struct().field("op", Schema.STRING_SCHEMA).build();

    private final RowsWithoutKey rows = new RowsWithoutKey();

    @BeforeEach
    void configure() {
        rows.configure(Map.of("topics", "app.logs,app.visits"));
    }

    private static SourceRecord record(String topic, String operation, Map<String, ?> offset) {
        Struct event = operation == null ? null : new Struct(EVENT).put("op", operation);
        return new SourceRecord(
                Map.of(), offset, topic, KEY, new Struct(KEY).put("id", 1), event == null ? null : EVENT, event);
    }

    private static Object ordinal(SourceRecord record) {
        return record.headers().isEmpty()
                ? 0L
                : record.headers().lastWithName("__ordinal").value();
    }

    @Test
    void rowsOfTheNamedTablesHaveNoKeyAndNoTombstone() {
        assertThat(rows.apply(record("app.logs", "c", Map.of())).key()).isNull();
        assertThat(rows.apply(record("app.visits", "d", Map.of())).keySchema()).isNull();
        assertThat(rows.apply(record("app.logs", null, Map.of()))).isNull();
    }

    @Test
    void otherTablesStayAsTheyAre() {
        SourceRecord change = record("app.users", "u", Map.of(WholeTransactions.CHANGES_OF_POSITION, 3L));
        SourceRecord tombstone = record("app.users", null, Map.of());

        assertThat(rows.apply(change)).isSameAs(change);
        assertThat(change.headers()).isEmpty();
        assertThat(rows.apply(tombstone)).isSameAs(tombstone);
    }

    @Test
    void changesOfOnePositionAreNumbered() {
        assertThat(ordinal(rows.apply(record("app.logs", "c", Map.of())))).isEqualTo(0L);
        assertThat(ordinal(rows.apply(record("app.logs", "c", Map.of(WholeTransactions.CHANGES_OF_POSITION, 1L)))))
                .isEqualTo(0L);
        assertThat(ordinal(rows.apply(record("app.logs", "c", Map.of(WholeTransactions.CHANGES_OF_POSITION, 2L)))))
                .isEqualTo(2L);
        assertThat(ordinal(rows.apply(record("app.logs", "c", Map.of(WholeTransactions.CHANGES_OF_POSITION, 3L)))))
                .isEqualTo(4L);
    }

    @Test
    void bothEventsOfAnUpdateOfAUniqueIndexHaveANumberOfTheirOwn() {
        SourceRecord gone = record("app.logs", "d", Map.of(WholeTransactions.CHANGES_OF_POSITION, 1L));
        SourceRecord come = record("app.logs", "c", Map.of(WholeTransactions.CHANGES_OF_POSITION, 1L));
        come.headers().add("__debezium.oldkey", new Struct(KEY).put("id", 1), KEY);
        SourceRecord numbered = rows.apply(come);

        assertThat(ordinal(rows.apply(gone))).isEqualTo(0L);
        assertThat(numbered.headers().lastWithName("__ordinal").value()).isEqualTo(1L);
    }

    @Test
    void onlyTablesWithoutAKeyAreTruncated() {
        assertThat(rows.apply(record("app.logs", "t", Map.of()))).isNotNull();
        assertThat(rows.apply(record("app.users", "t", Map.of()))).isNull();
    }
}
