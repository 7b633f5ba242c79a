package io.millrace.runtime;

import io.millrace.operator.ServedRows;
import io.millrace.operator.ViewChange;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a view that another version of it was published before: nothing until it is allowed, then what differs from what
 * the topic has, in the order of the view's key, a bounded number of rows at a time, and from then on every change.
 *
 * <p>Changes of keys that have been compared go out at once, those of later keys with the comparison. That all has been compared
 * stands in a store. After a crash it begins again, with less to do, for the topic has what was committed.
 */
final class LatePublisher implements Publisher {
    private static final Logger LOG = LoggerFactory.getLogger(LatePublisher.class);
    private static final Bytes DONE = Bytes.wrap(new byte[] {0});
    private static final byte[] YES = {1};

    private final PlanNode.View view;
    private final ViewPublisher publisher;
    private final ViewProgress.Partition progress;
    private final Publication publication;
    private final TopicPartition partition;
    private final KeyValueStore<Bytes, byte[]> rows;
    private final KeyValueStore<Bytes, byte[]> marks;
    private final ServedRows served;
    private CompletableFuture<PublishedRows> reading;
    private PublishedRows published;
    /** The last key that was compared. */
    private byte[] passed;

    private long differences;
    private boolean done;
    private volatile boolean closed;

    /**
     * A publisher.
     *
     * @param partition the partition of the view's topic
     * @param rows the view's store
     * @param marks the store that says whether all has been compared
     */
    LatePublisher(
            PlanNode.View view,
            ViewPublisher publisher,
            ViewProgress.Partition progress,
            Publication publication,
            TopicPartition partition,
            KeyValueStore<Bytes, byte[]> rows,
            KeyValueStore<Bytes, byte[]> marks) {
        this.view = view;
        this.publisher = publisher;
        this.progress = progress;
        this.publication = publication;
        this.partition = partition;
        this.rows = rows;
        this.marks = marks;
        this.served = ServedRows.of(view);
        this.done = marks.get(DONE) != null;
    }

    /** The name of the store that says whether a view's topic has been compared. */
    static String store(String viewStore) {
        return viewStore + "-published";
    }

    /** Whether it publishes every change at once. */
    boolean isDone() {
        return done;
    }

    @Override
    public void publish(ViewChange change) {
        if (done || hasPassed(change)) {
            publisher.publish(change);
        } else {
            progress.changed(change);
        }
    }

    private boolean hasPassed(ViewChange change) {
        return passed != null
                && Arrays.compareUnsigned(
                                served.keyOf(change.after() == null ? change.before() : change.after()), passed)
                        <= 0;
    }

    /** Goes on with what there is to do, if it may. */
    void tick() {
        if (done || !publication.isAllowed()) {
            return;
        }
        if (reading == null) {
            reading = publication.read(view, partition, () -> !closed);
        }
        if (published == null && reading.isDone()) {
            published = read();
        }
        if (published != null && compare(publication.compareLimit())) {
            published.close();
            published = null;
            marks.put(DONE, YES);
            done = true;
            LOG.info("{} has the rows of its view; {} differed", partition, differences);
        }
    }

    private PublishedRows read() {
        try {
            return reading.join();
        } catch (CompletionException e) {
            throw new StreamsException(partition + " could not be read", e.getCause());
        }
    }

    /** Compares so many keys; returns whether those were the last. */
    private boolean compare(int limit) {
        Bytes start = passed == null ? null : Bytes.wrap(Arrays.copyOf(passed, passed.length + 1));
        try (KeyValueIterator<Bytes, byte[]> own = start == null ? rows.all() : rows.range(start, null)) {
            for (int i = 0; i < limit; i++) {
                byte[] ownKey = own.hasNext() ? own.peekNextKey().get() : null;
                PublishedRows.Published theirs = published.peek();
                if (ownKey == null && theirs == null) {
                    return true;
                }
                boolean ownFirst =
                        theirs == null || ownKey != null && Arrays.compareUnsigned(ownKey, theirs.viewKey()) <= 0;
                byte[] key = ownFirst ? ownKey : theirs.viewKey();
                Row shown = null;
                if (ownFirst) {
                    KeyValue<Bytes, byte[]> entry = own.next();
                    WeightedRow row = served.shown(entry.value);
                    shown = row == null ? null : row.row();
                }
                compare(key, shown);
                passed = key;
            }
        }
        return false;
    }

    /** Makes the topic's readers see that row of a key, or none if it is null. */
    private void compare(byte[] key, Row shown) {
        byte[] topicKey = shown == null ? null : publisher.key(shown);
        PublishedRows.Published same = null;
        PublishedRows.Published each = published.peek();
        while (each != null && Arrays.equals(each.viewKey(), key)) {
            if (Arrays.equals(each.topicKey(), topicKey)) {
                same = each;
            } else {
                publisher.delete(each.topicKey(), each.row());
                differences++;
            }
            published.advance();
            each = published.peek();
        }
        boolean differs =
                shown != null && (same == null || !same.exact() || !same.row().equals(shown));
        if (differs) {
            publisher.put(same == null ? null : same.row(), shown);
            differences++;
        }
    }

    @Override
    public void close() {
        closed = true;
        if (published != null) {
            published.close();
        } else if (reading != null) {
            CompletableFuture<Void> unused = reading.thenAccept(unwanted -> {
                if (unwanted != null) {
                    unwanted.close();
                }
            });
        }
    }
}
