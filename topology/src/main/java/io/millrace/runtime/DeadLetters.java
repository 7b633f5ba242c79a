package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.Table;
import io.millrace.operator.ScanOutcome;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.plan.Field;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.row.Delta;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import io.millrace.runtime.source.SourceRecordError;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.TopicNames;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/**
 * Sets aside what cannot be processed, in the same transaction as all else: records that cannot be decoded, as they came,
 * and rows on which an expression failed or that break a view's declared key, as JSON. Used by one task.
 */
final class DeadLetters {
    /** The reason of a record that lies in another partition than its key says. */
    static final String WRONG_PARTITION = "wrong_partition";

    /** The reason of a row on which an expression failed. */
    static final String EXPRESSION_FAILED = "expression_failed";

    /** The reason of a row that breaks the declared key of its view. */
    static final String KEY_BROKEN = "key_broken";

    private final Plan plan;
    private final PipelineTopics topics;
    private final RuntimeMeters meters;
    private final FailureLog log;
    private final ProcessorContext<Routed, byte[]> context;
    private final String sink;
    private final IdentityHashMap<PlanNode, RowJson> rowJson = new IdentityHashMap<>();

    DeadLetters(
            Plan plan,
            PipelineTopics topics,
            RuntimeMeters meters,
            FailureLog log,
            ProcessorContext<Routed, byte[]> context,
            String sink) {
        this.plan = plan;
        this.topics = topics;
        this.meters = meters;
        this.log = log;
        this.context = context;
        this.sink = sink;
    }

    /** Takes a record of a table's topic that cannot be decoded. */
    void undecodable(Table table, Record<byte[], byte[]> record, RecordMetadata from, SourceRecordError error) {
        String reason = error.reason().name().toLowerCase(Locale.ROOT);
        setAside(table, record, from, reason, error.getClass().getName(), error.getMessage());
    }

    /** Takes a record of a table's topic that lies in another partition than its key says. */
    void misplaced(Table table, Record<byte[], byte[]> record, RecordMetadata from, int expectedPartition) {
        String message = "the record lies in partition " + from.partition() + " of " + from.topic()
                + ", but its primary key belongs to partition " + expectedPartition
                + ", where rows that join with it are: set the connector's producer.override.partitioner.class to"
                + " io.millrace.schemas.PayloadPartitioner and take a new snapshot";
        setAside(table, record, from, WRONG_PARTITION, IllegalStateException.class.getName(), message);
    }

    /** Takes a record of a table without a primary key that lies in another partition than that of its shard. */
    void ofAnotherShard(
            Table table, Record<byte[], byte[]> record, RecordMetadata from, String shard, int expectedPartition) {
        String message = "the record lies in partition " + from.partition() + " of " + from.topic() + ", but as table "
                + table.name() + " has no primary key, all rows of " + shard + " belong to partition "
                + expectedPartition
                + ": declare it to the connector as such, see docs/ingest.md, and take a new snapshot";
        setAside(table, record, from, WRONG_PARTITION, IllegalStateException.class.getName(), message);
    }

    /** Takes a change of a table without a primary key that the scan did not take. */
    void notTaken(Table table, Record<byte[], byte[]> record, RecordMetadata from, ScanOutcome outcome) {
        String message =
                switch (outcome) {
                    case UNKNOWN_ROW ->
                        "it changes a row that table " + table.name() + " does not have: the database must log old rows"
                                + " (ALTER TABLE " + table.name()
                                + " REPLICA IDENTITY FULL), and the connector must have taken a snapshot of the table";
                    case FORGOTTEN ->
                        "it was committed so long before the last change of its shard that it is not known whether it was"
                                + " taken then: " + PipelineConfig.DELETIONS_RETAIN_MS.name() + " has passed";
                    case TAKEN -> throw new IllegalArgumentException("it was taken");
                };
        String reason = outcome.name().toLowerCase(Locale.ROOT);
        setAside(table, record, from, reason, IllegalStateException.class.getName(), message);
    }

    private void setAside(
            Table table,
            Record<byte[], byte[]> record,
            RecordMetadata from,
            String reason,
            String exception,
            String message) {
        Headers headers = new RecordHeaders(record.headers());
        standard(headers, from, reason, message);
        DeadLetterHeaders.set(headers, DeadLetterHeaders.EXCEPTION, exception);
        String topic = TopicNames.ofDeadLetters(table.source().topic());
        send(topic, from.partition(), record.key(), record.value(), record.timestamp(), headers);
        meters.deadLetters(topic, reason).increment();
        log.setAside(topic, reason, from, message);
    }

    /** Takes a row on which an expression failed, once for each view that lacks it now. */
    void failed(PlanNode node, Row row, Delta delta, EvaluationError error) {
        setAside(node, row, delta.origin(), EXPRESSION_FAILED, error);
    }

    /** Takes a row that breaks the declared key of a view; which change brought it is not known any more. */
    void keyBroken(PlanNode.View view, Row row, EvaluationError error) {
        setAside(view, row, Origin.NONE, KEY_BROKEN, error);
    }

    private void setAside(PlanNode node, Row row, Origin origin, String reason, EvaluationError error) {
        // While nothing is read, as when a partition starts, Kafka Streams tells of a record without a topic.
        RecordMetadata from = context.recordMetadata()
                .filter(record -> record.topic() != null)
                .orElse(null);
        byte[] json = rowJson.computeIfAbsent(node, any -> jsonOf(node, row.size()))
                .write(row)
                .getBytes(StandardCharsets.UTF_8);
        for (String view : plan.viewsOf(node)) {
            Headers headers = new RecordHeaders();
            standard(headers, from, reason, error.getMessage());
            DeadLetterHeaders.set(
                    headers, DeadLetterHeaders.EXCEPTION, error.getClass().getName());
            DeadLetterHeaders.set(headers, DeadLetterHeaders.VIEW, view);
            DeadLetterHeaders.set(headers, DeadLetterHeaders.OPERATOR, plan.name(node));
            DeadLetterHeaders.set(headers, DeadLetterHeaders.SQLSTATE, error.sqlState());
            if (!origin.equals(Origin.NONE)) {
                DeadLetterHeaders.set(headers, DeadLetterHeaders.SHARD, origin.shard());
                DeadLetterHeaders.set(headers, DeadLetterHeaders.POSITION, Long.toString(origin.position()));
            }
            String topic = topics.viewDeadLetters(view);
            long timestampMs = StageProcessor.timestampMs(origin, context);
            send(topic, context.taskId().partition(), null, json, timestampMs, headers);
            meters.deadLetters(topic, reason).increment();
            log.setAside(topic, reason, from, error.getMessage());
        }
    }

    /** The form of a node's failed rows: what it reads; of a join a pair, of an aggregate the group. */
    private static RowJson jsonOf(PlanNode node, int columns) {
        boolean reads = node instanceof PlanNode.Filter
                || node instanceof PlanNode.Project
                || node instanceof PlanNode.FunctionRows;
        List<Field> fields = (reads ? node.inputs().get(0) : node).fields().subList(0, columns);
        return RowJson.of(
                fields.stream().map(Field::name).toList(),
                fields.stream().map(Field::type).toList());
    }

    private void standard(Headers headers, RecordMetadata from, String reason, String message) {
        if (from != null) {
            DeadLetterHeaders.setPlace(headers, from.topic(), from.partition(), from.offset());
        }
        DeadLetterHeaders.setFailure(headers, reason, message, context.currentSystemTimeMs(), topics.applicationId());
    }

    private void send(String topic, int partition, byte[] key, byte[] value, long timestampMs, Headers headers) {
        context.forward(
                new Record<>(new Routed(topic, partition, key), value, Math.max(0, timestampMs), headers), sink);
    }
}
