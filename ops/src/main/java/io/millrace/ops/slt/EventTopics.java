package io.millrace.ops.slt;

import io.millrace.catalog.Column;
import io.millrace.catalog.Deduplication;
import io.millrace.catalog.Table;
import io.millrace.ops.stack.TableTopics;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/** The event topics of a test: each row that it inserts is a record, one JSON object. */
final class EventTopics {
    private final TestStack stack;
    private int next;

    EventTopics(TestStack stack) {
        this.stack = stack;
    }

    /** Creates the topic of a table. */
    void create(Table table) {
        try {
            TableTopics.create(stack.admin(), List.of(table), OnStack.PARTITIONS);
        } catch (ExecutionException e) {
            throw OnStack.failed("the topic of " + table.name() + " could not be created", e.getCause());
        } catch (InterruptedException e) {
            throw interrupted(table, e);
        }
    }

    /**
     * Sends rows to the topic of their table, to one partition after the other, those of one id to one so that the first comes
     * first; returns when they are there.
     */
    void send(Table table, List<Row> rows) {
        RowJson json = RowJson.of(
                table.columns().stream().map(Column::name).toList(),
                table.columns().stream().map(Column::type).toList());
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (Row row : rows) {
            byte[] event = json.write(row).getBytes(StandardCharsets.UTF_8);
            int partition = table.deduplication()
                    .map(by -> partition(table, by, row))
                    .orElseGet(() -> next++ % OnStack.PARTITIONS);
            sent.add(stack.producer().send(new ProducerRecord<>(table.source().topic(), partition, null, event)));
        }
        try {
            for (Future<RecordMetadata> each : sent) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw OnStack.failed("an event of " + table.name() + " could not be sent", e.getCause());
        } catch (InterruptedException e) {
            throw interrupted(table, e);
        }
    }

    private static int partition(Table table, Deduplication by, Row row) {
        KeyCodec ids = KeyCodec.of(List.of(table.columns().get(by.column()).type()));
        return Math.floorMod(Arrays.hashCode(ids.encode(row.get(by.column()))), OnStack.PARTITIONS);
    }

    private static RuntimeException interrupted(Table table, InterruptedException e) {
        Thread.currentThread().interrupt();
        return OnStack.failed("interrupted while events of " + table.name() + " were sent", e);
    }
}
