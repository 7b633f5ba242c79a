package io.millrace.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.CacheConfig;
import io.millrace.schemas.Invalidation;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.Purge;
import io.millrace.schemas.Purge.Outcome;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

final class CacheProgressTest {
    private static final TopicPartition TOLD = new TopicPartition("cdn-invalidations", 0);
    private static final TopicPartition PURGES = new TopicPartition("cdn-purges", 0);
    private static final int MANY = 2 * CacheProgress.MOST_WAITING + 5_000;

    /** What records hold, which have its place here as their bytes. */
    private final List<GenericRecord> written = new ArrayList<>();

    private final Topics topics = new Topics();

    /** Topics of one partition each, which are read as often as is asked for, 500 records at a time. */
    private static final class Topics extends MockConsumer<byte[], byte[]> {
        private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> all =
                new HashMap<>(Map.of(TOLD, new ArrayList<>(), PURGES, new ArrayList<>()));
        private final Map<TopicPartition, Long> next = new HashMap<>();
        private List<TopicPartition> assigned = List.of();
        /** What brokers do not answer of, as while a transaction is open. */
        private TopicPartition withheld;

        Topics() {
            super("earliest");
        }

        void add(TopicPartition partition, byte[] value) {
            List<ConsumerRecord<byte[], byte[]>> records = all.get(partition);
            records.add(new ConsumerRecord<>(partition.topic(), 0, records.size(), null, value));
        }

        @Override
        public synchronized void assign(Collection<TopicPartition> partitions) {
            assigned = List.copyOf(partitions);
        }

        @Override
        public synchronized void seek(TopicPartition partition, long offset) {
            next.put(partition, offset);
        }

        @Override
        public synchronized long position(TopicPartition partition) {
            return next.get(partition);
        }

        @Override
        public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> polled = new HashMap<>();
            for (TopicPartition each : assigned) {
                List<ConsumerRecord<byte[], byte[]>> records = all.get(each);
                int from = next.get(each).intValue();
                int to = each.equals(withheld) ? from : Math.min(records.size(), from + 500);
                polled.put(each, records.subList(from, to));
                next.put(each, (long) to);
            }
            return new ConsumerRecords<>(polled, Map.of());
        }

        @Override
        public synchronized List<PartitionInfo> partitionsFor(String topic) {
            return List.of(new PartitionInfo(topic, 0, null, null, null));
        }

        @Override
        public synchronized Map<TopicPartition, Long> endOffsets(Collection<TopicPartition> partitions) {
            Map<TopicPartition, Long> ends = new HashMap<>();
            partitions.forEach(each -> ends.put(each, (long) all.get(each).size()));
            return ends;
        }

        @Override
        public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> asked) {
            Map<TopicPartition, OffsetAndTimestamp> found = new HashMap<>();
            asked.forEach((each, time) -> found.put(each, new OffsetAndTimestamp(0, Math.max(0, time))));
            return found;
        }
    }

    private void tell(int number) {
        topics.add(
                TOLD,
                encode(new Invalidation(
                                "shop",
                                "pages",
                                TargetKind.TAG,
                                "photo/" + number,
                                false,
                                "update",
                                1,
                                null,
                                null,
                                null,
                                null,
                                1_000_000,
                                null)
                        .toAvro()));
    }

    private void confirm(int number) {
        topics.add(
                PURGES,
                encode(new Purge(
                                "edge",
                                "varnish",
                                "shop",
                                "pages",
                                TargetKind.TAG,
                                "photo/" + number,
                                0,
                                number,
                                Outcome.PURGED,
                                1L,
                                1,
                                null,
                                1,
                                null)
                        .toAvro()));
    }

    private byte[] encode(GenericRecord value) {
        written.add(value);
        return ByteBuffer.allocate(Integer.BYTES).putInt(written.size() - 1).array();
    }

    private CacheProgress progress(Duration patience) {
        CacheConfig edge = new CacheConfig("edge", Map.of("cdn.provider", "varnish"));
        return new CacheProgress(
                new WaitingInvalidations("shop", edge),
                topics,
                PURGES.topic(),
                (topic, value) -> written.get(ByteBuffer.wrap(value).getInt()),
                patience);
    }

    private Optional<SinkLag> lag(Duration patience) {
        try (CacheProgress progress = progress(patience)) {
            return progress.lag(Map.of(TOLD, 0L), Map.of(TOLD, 0L), Map.of(TOLD, (long)
                    topics.all.get(TOLD).size()));
        }
    }

    @Test
    void whatIsDeletedBeforeTheCacheHasConfirmedItIsCountedOnce() {
        for (int i = 0; i < 10; i++) {
            tell(i);
        }
        confirm(0);
        confirm(2);
        try (CacheProgress progress = progress(Duration.ofSeconds(60))) {
            assertThat(deleted(progress, 0, 0)).isZero();
            assertThat(deleted(progress, 0, 4)).as("1 and 3").isEqualTo(2);
            assertThat(deleted(progress, 0, 4)).as("they are known").isZero();
            assertThat(deleted(progress, 2, 6)).as("4 and 5").isEqualTo(2);
            assertThat(deleted(progress, 8, 8)).as("the cache has got over it").isZero();
        }
        try (CacheProgress progress = progress(Duration.ofSeconds(60))) {
            assertThat(deleted(progress, 3, 8)).as("as far as is known").isEqualTo(5);
        }
        try (CacheProgress progress = progress(Duration.ofSeconds(60))) {
            assertThat(deleted(progress, 9, 10)).as("the end of a transaction").isZero();
        }
    }

    private static long deleted(CacheProgress progress, long applied, long start) {
        progress.lag(Map.of(TOLD, applied), Map.of(TOLD, start), Map.of(TOLD, 10L));
        return progress.takeDeleted();
    }

    @Test
    void ofVeryManyThatAreConfirmedNoneWaits() {
        for (int i = 0; i < MANY; i++) {
            tell(i);
            confirm(i);
        }
        SinkLag lag = lag(Duration.ofSeconds(60)).orElseThrow();
        assertThat(lag.records()).isZero();
        assertThat(lag.atLeast()).isFalse();
    }

    @Test
    void ofVeryManyThatWaitSomeAreCounted() {
        for (int i = 0; i < MANY; i++) {
            tell(i);
        }
        SinkLag lag = lag(Duration.ofSeconds(60)).orElseThrow();
        assertThat(lag.records()).isBetween((long) CacheProgress.MOST_WAITING, (long) MANY);
        assertThat(lag.atLeast()).isTrue();
    }

    @Test
    void whereWhatIsConfirmedCouldNotBeReadNothingIsSaid() {
        tell(0);
        confirm(0);
        topics.withheld = PURGES;
        assertThat(lag(Duration.ofMillis(200))).isEmpty();
        topics.withheld = null;
        assertThat(lag(Duration.ofMillis(200)).orElseThrow().records()).isZero();
    }
}
