package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.junit.jupiter.api.Test;

final class CommitPacerTest {
    private static final Duration POLL = Duration.ofMillis(5);

    private final MockProcessorContext<Void, Void> context = new MockProcessorContext<>();

    @Test
    void aSingleChangeIsCommittedAtOnce() {
        CommitPacer pacer = new CommitPacer(60_000, 20);
        assertThat(pacer.drained(POLL)).isEqualTo(POLL);
        pacer.changed(context);
        assertThat(context.committed()).isFalse();
        assertThat(pacer.drained(POLL)).isZero();
        assertThat(context.committed()).isTrue();
    }

    @Test
    void moreChangesAreCommittedAfterTheDelayThoughNotDrained() {
        CommitPacer pacer = new CommitPacer(0, 20);
        pacer.changed(context);
        assertThat(context.committed()).isTrue();
    }

    /** Else a load of single changes is a commit each, and commits are all that a machine does. */
    @Test
    void commitsTakeNoMoreThanTheirShareOfTheTimeAlsoOfSingleChanges() {
        long costNanos = TimeUnit.MILLISECONDS.toNanos(100);
        CommitPacer pacer = new CommitPacer(0, 50);
        pacer.changed(context);
        pacer.committed(costNanos);
        long committedNanos = System.nanoTime();
        context.resetCommit();

        pacer.changed(context);
        assertThat(context.committed()).isFalse();
        Duration wait = pacer.drained(POLL);
        while (!wait.isZero()) {
            assertThat(wait).isLessThanOrEqualTo(POLL);
            wait = pacer.drained(POLL);
        }
        assertThat(context.committed()).isTrue();
        assertThat(System.nanoTime() - committedNanos).isGreaterThanOrEqualTo(costNanos * 9 / 10);
    }

    /** By this number it is known what is committed together: one that stayed would have changes lost in a crash. */
    @Test
    void eachCommitAndEachRollbackBeginsAnotherTransaction() throws Exception {
        CommitPacer pacer = new CommitPacer(0, 50);
        long first = pacer.transaction();
        pacer.changed(context);
        assertThat(pacer.transaction()).isEqualTo(first);
        pacer.committed(1);
        assertThat(pacer.transaction()).isEqualTo(first + 1);
        // A rollback takes no time.
        pacer.committed(0);
        assertThat(pacer.transaction()).isEqualTo(first + 2);
        Thread other = new Thread(() -> pacer.committed(1));
        other.start();
        other.join();
        assertThat(pacer.transaction()).isEqualTo(first + 2);
    }
}
