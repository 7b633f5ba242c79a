package io.millrace.runtime;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line for many dead letters, so that a topic full of bad records does not fill the log. Thread-safe. */
final class FailureLog {
    private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);
    private static final long PAUSE_NANOS = 10_000_000_000L;

    private final AtomicLong notBefore = new AtomicLong(System.nanoTime());
    private final AtomicLong silent = new AtomicLong();

    /** Logs a dead letter, or counts it for the next line. */
    void setAside(String topic, String reason, RecordMetadata from, String message) {
        long now = System.nanoTime();
        long due = notBefore.get();
        if (now - due < 0 || !notBefore.compareAndSet(due, now + PAUSE_NANOS)) {
            silent.incrementAndGet();
            return;
        }
        long others = silent.getAndSet(0);
        LOG.warn(
                "set aside in {} ({}): {}{}{}",
                topic,
                reason,
                message,
                from == null ? "" : " [" + from.topic() + "-" + from.partition() + " at " + from.offset() + "]",
                others == 0 ? "" : "; and " + others + " others since the last such line");
    }
}
