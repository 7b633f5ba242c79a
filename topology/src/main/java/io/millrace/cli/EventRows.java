package io.millrace.cli;

import io.millrace.catalog.Deduplication;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.Table;
import io.millrace.operator.MemoryState;
import io.millrace.operator.RememberedIds;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.SourceChange;
import io.millrace.row.SqlText;
import io.millrace.runtime.source.EventReplay;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.source.SourceDecoder;
import io.millrace.runtime.source.SourceRecordError;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** The rows that an event topic holds now, for a recomputation; each event once where the topic says how events are known. */
final class EventRows {
    private static final long MICROS_PER_MILLI = 1_000;

    /** The events as they came, those that came again too. */
    private static final String CAME = "pg_temp.\"millrace events\"";

    private final Table table;
    private final String brokers;
    private final int columns;

    EventRows(Table table, String brokers) {
        this.table = table;
        this.brokers = brokers;
        this.columns = table.columns().size();
    }

    /** Takes an event. */
    @FunctionalInterface
    private interface Reader {
        void read(Row row, ConsumerRecord<byte[], byte[]> record) throws SQLException;
    }

    /**
     * Copies them.
     *
     * @param to a session, which may get a temporary table for a while
     * @param rows takes a row, the text of each of its columns
     */
    void copy(Connection to, PreparedStatement rows) throws SQLException {
        if (table.deduplication().isPresent()) {
            copyOnce(table.deduplication().get(), to, rows);
            return;
        }
        int[] pending = {0};
        read((row, record) -> {
            setColumns(rows, row);
            pending[0] = Recomputation.add(rows, pending[0]);
        });
        Recomputation.flush(rows, pending[0]);
    }

    private void read(Reader reader) throws SQLException {
        SchemaLookup noSchemas = id -> null;
        SourceDecoder decoder =
                SourceDecoder.of(table, IntStream.range(0, columns).toArray(), noSchemas);
        Map<String, Object> properties =
                Map.of("bootstrap.servers", brokers, "enable.auto.commit", false, "isolation.level", "read_committed");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer
                    .partitionsFor(table.source().topic())
                    .stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
                    Row row = EventReplay.counts(record.headers(), record.key(), record.value(), null, decoder)
                            ? decoded(decoder, record)
                            : null;
                    if (row != null) {
                        reader.read(row, record);
                    }
                }
            }
        }
    }

    /** An event's row; null for one that cannot be decoded, which is in the dead-letter topic and in no view. */
    private static Row decoded(SourceDecoder decoder, ConsumerRecord<byte[], byte[]> record) {
        try {
            SourceChange change = decoder.decode(
                    record.key(), record.value(), record.partition(), record.offset(), record.timestamp());
            return change == null ? null : change.row();
        } catch (SourceRecordError e) {
            return null;
        }
    }

    private void setColumns(PreparedStatement rows, Row row) throws SQLException {
        for (int i = 0; i < columns; i++) {
            Object value = row.get(i);
            rows.setString(
                    i + 1,
                    value == null ? null : SqlText.write(table.columns().get(i).type(), value));
        }
    }

    /**
     * Copies each event once, however often it came. In which order the pipeline had the events of several partitions is not
     * known; it is taken to be that of their times, each partition's own order kept.
     */
    private void copyOnce(Deduplication by, Connection to, PreparedStatement rows) throws SQLException {
        String declared =
                IntStream.range(0, columns).mapToObj(i -> "c" + i + " text, ").collect(Collectors.joining());
        String insert = "INSERT INTO " + CAME + " VALUES (" + "?, ".repeat(columns) + "?, ?, ?)";
        try (Statement statement = to.createStatement()) {
            statement.execute(
                    "CREATE TEMP TABLE " + CAME + " (" + declared + "time bigint, partition integer, place bigint)");
            try (PreparedStatement came = to.prepareStatement(insert)) {
                copyAll(came);
            }
            // Rows are fetched in portions within a transaction alone.
            to.setAutoCommit(false);
            copyOnce(by, statement, rows);
            to.commit();
            to.setAutoCommit(true);
            statement.execute("DROP TABLE " + CAME);
        }
    }

    private void copyAll(PreparedStatement came) throws SQLException {
        int[] pending = {0};
        read((row, record) -> {
            setColumns(came, row);
            came.setLong(columns + 1, Math.max(0, record.timestamp()) * MICROS_PER_MILLI);
            came.setInt(columns + 2, record.partition());
            came.setLong(columns + 3, record.offset());
            pending[0] = Recomputation.add(came, pending[0]);
        });
        Recomputation.flush(came, pending[0]);
    }

    private void copyOnce(Deduplication by, Statement statement, PreparedStatement rows) throws SQLException {
        SqlType type = table.columns().get(by.column()).type();
        KeyCodec ids = KeyCodec.of(List.of(type));
        RememberedIds remembered = new RememberedIds(new MemoryState(), by.forMicros());
        statement.setFetchSize(Recomputation.BATCH);
        // Nothing is forgotten that an event could meet which is still to come, however late it is.
        try (ResultSet came = statement.executeQuery("SELECT *, min(time) OVER (ORDER BY reached DESC, partition DESC,"
                + " place DESC ROWS UNBOUNDED PRECEDING) AS least FROM (SELECT *, max(time) OVER (PARTITION BY partition"
                + " ORDER BY place) AS reached FROM " + CAME + ") came ORDER BY reached, partition, place")) {
            int pending = 0;
            while (came.next()) {
                remembered.passTo(came.getLong("least"));
                Object id = SqlText.parse(type, came.getString(by.column() + 1));
                if (remembered.take(ids.encode(id), came.getLong("time"))) {
                    for (int i = 1; i <= columns; i++) {
                        rows.setString(i, came.getString(i));
                    }
                    pending = Recomputation.add(rows, pending);
                }
            }
            Recomputation.flush(rows, pending);
        }
    }
}
