package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.http.HookServer;
import io.millrace.connectors.http.HookServer.Answer;
import io.millrace.connectors.http.HookServer.Hook;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/**
 * Random invalidations, failures and restarts: whatever happens, an offset is committed only when everything below it was purged twice
 * since it was read, by each server, the second time as much later as is said, or is in the dead letters. {@code -Dmillrace.seed} and
 * {@code -Dmillrace.histories} say which and how many.
 */
final class RandomPurgesTest {
    private static final long AGAIN_AFTER_MS = 40;
    private static final int RECORDS = 60;

    @Test
    void nothingIsCommittedThatWasNotPurgedTwice() throws Exception {
        long first = Long.getLong("millrace.seed", 1);
        for (long seed = first; seed < first + Integer.getInteger("millrace.histories", 6); seed++) {
            try {
                new History(seed).run();
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    /** One of them. */
    private static final class History {
        private final Random random;
        private final List<SinkRecord> log = new ArrayList<>();
        /** When each target's purges were confirmed by each server, nanoseconds. */
        private final List<Map<String, List<Long>>> purged =
                List.of(new ConcurrentHashMap<>(), new ConcurrentHashMap<>());
        /** How many requests a server that is away does not take. */
        private final int[] away = new int[2];
        /** When each record was handed over first, nanoseconds. */
        private final Map<Long, Long> handedOver = new HashMap<>();

        private final Set<Long> dead = new HashSet<>();
        private long committed;
        private int servers;

        History(long seed) {
            random = new Random(seed);
        }

        private void run() throws Exception {
            for (int i = 0; i < RECORDS; i++) {
                boolean tag = random.nextInt(3) > 0;
                int target = random.nextInt(12);
                log.add(tag ? CacheRecords.tag(i, "photo/" + target) : CacheRecords.url(i, "/p/" + target));
            }
            boolean two = random.nextBoolean();
            try (HookServer first = new HookServer();
                    HookServer second = new HookServer()) {
                first.answers = hook -> answer(hook, 0);
                second.answers = hook -> answer(hook, 1);
                servers = two ? 2 : 1;
                while (committed < log.size()) {
                    live(two ? first.base() + "," + second.base() : first.base());
                }
            }
            assertThat(dead).as("what is refused").allSatisfy(offset -> assertThat(target(log.get(offset.intValue())))
                    .isIn("photo/11", "/p/11"));
        }

        private Answer answer(Hook hook, int server) {
            int chance;
            synchronized (random) {
                chance = random.nextInt(12);
                if (away[server] == 0 && random.nextInt(150) == 0) {
                    away[server] = random.nextInt(20);
                }
                if (away[server] > 0) {
                    away[server]--;
                    return Answer.of(429);
                }
            }
            if (chance == 0) {
                return Answer.of(503);
            }
            List<String> targets = hook.header("xkey-purge") == null
                    ? List.of(hook.path())
                    : List.of(hook.header("xkey-purge").split(" "));
            if (targets.contains("photo/11") || targets.contains("/p/11")) {
                return Answer.of(422);
            }
            targets.forEach(target -> purged.get(server)
                    .computeIfAbsent(target, unused -> new CopyOnWriteArrayList<>())
                    .add(System.nanoTime()));
            // It is done, though nobody hears of it.
            return chance == 1 ? Answer.of(500) : Answer.of(200, "Purged").with("n-gone", "1");
        }

        private String target(SinkRecord record) {
            return ((String) record.key()).substring("tag:".length());
        }

        /** A task's life, from what is committed to a random end. */
        private void live(String urls) throws Exception {
            try (CacheTask task = new CacheTask(
                    CdnPurgeSinkConfig.PROVIDER,
                    "varnish",
                    CdnPurgeSinkConfig.URL,
                    urls,
                    CdnPurgeSinkConfig.AGAIN_AFTER,
                    Long.toString(AGAIN_AFTER_MS),
                    CdnPurgeSinkConfig.IN_FLIGHT,
                    "3",
                    DeliveryConfig.RETRY_ATTEMPTS,
                    "-1")) {
                int next = (int) committed;
                List<SinkRecord> held = List.of();
                int steps = 50 + random.nextInt(200);
                for (int step = 0; step < steps && committed < log.size(); step++) {
                    List<SinkRecord> batch = held;
                    if (held.isEmpty() && random.nextInt(3) == 0 && next < log.size()) {
                        int size = Math.min(log.size() - next, 1 + random.nextInt(15));
                        batch = log.subList(next, next + size);
                        next += size;
                        batch.forEach(record -> handedOver.put(record.kafkaOffset(), System.nanoTime()));
                    }
                    try {
                        task.task.put(batch);
                        held = List.of();
                    } catch (RetriableException e) {
                        held = batch;
                    }
                    dead.addAll(task.connect.deadOffsets());
                    commit(task.committable());
                    Thread.sleep(random.nextInt(4));
                }
            }
        }

        private void commit(long offset) {
            if (offset == 0) {
                return;
            }
            for (long each = committed; each < offset; each++) {
                for (int server = 0; server < servers && !dead.contains(each); server++) {
                    long since = handedOver.get(each);
                    List<Long> times = purged.get(server).getOrDefault(target(log.get((int) each)), List.of()).stream()
                            .filter(time -> time - since >= 0)
                            .toList();
                    assertThat(times)
                            .as("purges of record " + each + " by server " + server)
                            .isNotEmpty();
                    assertThat(times.get(times.size() - 1) - times.get(0))
                            .as("between the purges of record " + each + " by server " + server)
                            .isGreaterThanOrEqualTo(AGAIN_AFTER_MS * 1_000_000);
                }
            }
            committed = Math.max(committed, offset);
        }
    }
}
