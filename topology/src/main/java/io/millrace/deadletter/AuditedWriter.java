package io.millrace.deadletter;

import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.schemas.TopicNames;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Writes what becomes of a topic's dead letters, and records of a replay in the same transaction. Of two that are open for a
 * topic at a time the earlier can write no more; what it had written is committed or gone before the later is open.
 */
final class AuditedWriter implements AutoCloseable {
    private final Brokers brokers;
    private final String deadLetters;
    private final KafkaProducer<byte[], byte[]> producer;

    private AuditedWriter(Brokers brokers, String deadLetters) {
        this.brokers = brokers;
        this.deadLetters = deadLetters;
        this.producer = brokers.producer("millrace-" + deadLetters);
    }

    static AuditedWriter open(Brokers brokers, String deadLetters) {
        brokers.createCompacted(TopicNames.ofAudit(deadLetters));
        AuditedWriter writer = new AuditedWriter(brokers, deadLetters);
        try {
            writer.producer.initTransactions();
        } catch (KafkaException e) {
            writer.close();
            throw writer.failed(e);
        }
        return writer;
    }

    /** What is done in one transaction. */
    interface Work {
        /** Returns whether it is to be committed. */
        boolean done();
    }

    /** Does work in a transaction, and returns whether it was committed. */
    boolean transaction(Work work) {
        try {
            producer.beginTransaction();
            boolean commits = work.done();
            if (commits) {
                producer.commitTransaction();
            } else {
                producer.abortTransaction();
            }
            return commits;
        } catch (KafkaException e) {
            throw failed(e);
        }
    }

    Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
        return producer.send(record);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // A commit fails if any of its records was not written.
    void record(AuditEntry entry) {
        producer.send(entry.toRecord(TopicNames.ofAudit(deadLetters)));
    }

    void flush() {
        producer.flush();
    }

    /** What the user is told of a failure; the transaction is given up when the producer is closed. */
    UserError failed(KafkaException failure) {
        if (failure instanceof ProducerFencedException || failure instanceof InvalidProducerEpochException) {
            return UserError.of(
                    Category.MISMATCH,
                    "another millrace dlq has begun to write what becomes of the dead letters of " + deadLetters,
                    "what this one has said is done; let the other finish, then see what is left");
        }
        if (failure instanceof TimeoutException) {
            return brokers.unreachable(failure);
        }
        Throwable cause = failure.getCause() instanceof KafkaException ? failure.getCause() : failure;
        UserError error = UserError.of(
                Category.MISMATCH,
                "dead letters of " + deadLetters + " could not be worked on: " + cause.getMessage(),
                "what was said before is done; the rest is as it was");
        error.initCause(failure);
        return error;
    }

    @Override
    public void close() {
        producer.close();
    }
}
