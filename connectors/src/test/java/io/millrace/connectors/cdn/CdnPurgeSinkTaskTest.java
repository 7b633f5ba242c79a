package io.millrace.connectors.cdn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.delivery.RecordPosition;
import io.millrace.connectors.delivery.RetryPolicy;
import io.millrace.connectors.http.HookServer;
import io.millrace.connectors.http.HookServer.Answer;
import io.millrace.connectors.http.HookServer.Hook;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.schemas.Purge;
import io.millrace.schemas.Purge.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The task against servers that answer as Varnish with the VCL of ops/varnish. */
final class CdnPurgeSinkTaskTest {
    private final List<CacheTask> tasks = new ArrayList<>();
    private HookServer cache;

    @BeforeEach
    void start() throws Exception {
        cache = new HookServer();
        cache.answers = hook -> gone(1);
    }

    @AfterEach
    void stop() {
        tasks.forEach(CacheTask::close);
        cache.close();
    }

    private static Answer gone(int objects) {
        return Answer.of(200, "Purged\n").with("n-gone", Integer.toString(objects));
    }

    private CacheTask task(String... properties) {
        List<String> all =
                new ArrayList<>(List.of(CdnPurgeSinkConfig.PROVIDER, "varnish", CdnPurgeSinkConfig.URL, cache.base()));
        all.addAll(List.of(properties));
        CacheTask task = new CacheTask(all.toArray(String[]::new));
        tasks.add(task);
        return task;
    }

    private List<String> tags() {
        return List.copyOf(cache.hooks).stream()
                .map(hook -> hook.header("xkey-purge"))
                .toList();
    }

    private static List<SinkRecord> tags(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> CacheRecords.tag(i, "photo/" + i))
                .toList();
    }

    @Test
    void aTagIsOneRequestAndOneConfirmation() {
        CacheTask task = task();
        task.put(CacheRecords.tag(7, "user/42"));
        assertThat(cache.hooks).singleElement().satisfies(hook -> {
            assertThat(hook.method()).isEqualTo("PURGE");
            assertThat(hook.header("xkey-purge")).isEqualTo("user/42");
        });
        assertThat(task.purges).singleElement().satisfies(purge -> {
            assertThat(purge.cache()).isEqualTo("edge");
            assertThat(purge.provider()).isEqualTo("varnish");
            assertThat(purge.application()).isEqualTo("photos");
            assertThat(purge.outcome()).isEqualTo(Outcome.PURGED);
            assertThat(purge.removed()).isEqualTo(1);
            assertThat(purge.attempts()).isEqualTo(1);
            assertThat(purge.offset()).isEqualTo(7);
            assertThat(purge.purgedAtMicros()).isGreaterThan(purge.firstCommittedAtMicros());
        });
        assertThat(task.committable()).isEqualTo(8);
        assertThat(task.connect.metric("purges-total")).isEqualTo(1);
        assertThat(task.connect.metric("objects-removed-total")).isEqualTo(1);
        assertThat(task.connect.metric("purge-latency-ms-max")).isBetween(50.0, 20_000.0);
    }

    /** A page is known by the host by which browsers ask for it. */
    @Test
    void aUrlIsAskedForWithTheSitesHost() {
        CacheTask task = task(CdnPurgeSinkConfig.SITE, "https://www.example.com", CdnPurgeSinkConfig.SOFT, "true");
        task.put(
                CacheRecords.url(0, "/p/1?size=a%20b"),
                CacheRecords.url(1, "https://static.example.com/p/2"),
                CacheRecords.url(2, "/p/3.*"),
                CacheRecords.tag(3, "user/42"));
        Map<String, Hook> byTarget = new ConcurrentHashMap<>();
        cache.hooks.forEach(hook -> byTarget.put(hook.target(), hook));
        Hook page = byTarget.get("http://www.example.com/p/1?size=a%20b");
        assertThat(page.method()).isEqualTo("PURGE");
        assertThat(page.header("Host")).isEqualTo("www.example.com");
        assertThat(page.header("soft-purge")).isEqualTo("1");
        assertThat(byTarget.get("http://static.example.com/p/2").header("Host")).isEqualTo("static.example.com");
        Hook pattern = byTarget.get("http://www.example.com/p/3.");
        assertThat(pattern.method()).isEqualTo("BAN");
        assertThat(pattern.header("ban-url")).isEqualTo("^/p/3\\.");
        assertThat(byTarget.get("http://www.example.com/").header("xkey-softpurge"))
                .isEqualTo("user/42");
    }

    @Test
    void whatIsNotForThisCacheIsPassedOver() {
        SinkRecord tagged = CacheRecords.record(0, 1, TargetKind.URL, "/p/1", true, null);
        CacheTask auto = task();
        auto.put(CacheRecords.tag(0, "photo/1"), tagged, CacheRecords.url(2, "/p/2"));
        assertThat(auto.outcomes()).containsExactlyInAnyOrder("PURGED tag:photo/1@0", "PURGED url:/p/2@2");
        assertThat(auto.committable()).isEqualTo(3);
        assertThat(auto.connect.metric("invalidations-passed-over-total")).isEqualTo(1);

        CacheTask urls = task(CdnPurgeSinkConfig.BY, "urls");
        urls.put(CacheRecords.tag(0, "photo/1"), tagged, CacheRecords.url(2, "/p/2"));
        assertThat(urls.outcomes()).containsExactlyInAnyOrder("PURGED url:/p/1@1", "PURGED url:/p/2@2");
        CacheTask tags = task(CdnPurgeSinkConfig.BY, "tags");
        tags.put(CacheRecords.tag(0, "photo/1"), tagged, CacheRecords.url(2, "/p/2"));
        assertThat(tags.outcomes()).containsExactly("PURGED tag:photo/1@0");
        CacheTask both = task(CdnPurgeSinkConfig.BY, "both");
        both.put(CacheRecords.tag(0, "photo/1"), tagged, CacheRecords.url(2, "/p/2"));
        assertThat(both.purges).hasSize(3);
        CacheTask others = task(CdnPurgeSinkConfig.APPLICATION, "films");
        others.put(CacheRecords.tag(0, "photo/1"), tagged, CacheRecords.url(2, "/p/2"));
        assertThat(others.purges).isEmpty();
        assertThat(others.committable()).isEqualTo(3);
    }

    @Test
    void equalTargetsOfABatchAreOneRequest() {
        CacheTask task = task();
        task.put(
                CacheRecords.tag(0, "user/42"),
                CacheRecords.tag(1, "photo/1"),
                CacheRecords.tag(2, "user/42"),
                CacheRecords.tag(3, "user/42"));
        assertThat(tags()).containsExactlyInAnyOrder("user/42", "photo/1");
        assertThat(task.purges).hasSize(4);
        assertThat(task.purges.stream().filter(purge -> purge.target().equals("user/42")))
                .extracting(Purge::removed)
                .as("one object, counted once")
                .containsExactly(1L, 0L, 0L);
    }

    /** As many together as that takes, and of few each alone, as only then it is known how many objects each has removed. */
    @Test
    void tagsArePutTogetherWhereManyWait() {
        CacheTask task = task(CdnPurgeSinkConfig.IN_FLIGHT, "2");
        task.put(tags(0, 8).toArray(SinkRecord[]::new));
        assertThat(cache.hooks).hasSize(8);
        cache.hooks.clear();
        task.put(tags(8, 5_008).toArray(SinkRecord[]::new));
        assertThat(cache.hooks).hasSize(50);
        assertThat(tags()).allSatisfy(header -> assertThat(header.length()).isLessThan(7_001));
        assertThat(task.purges.get(5_007).removed()).isNull();
        assertThat(task.connect.metric("objects-removed-total")).isEqualTo(58);
    }

    @Test
    void everyServerMustConfirm() throws Exception {
        try (HookServer second = new HookServer()) {
            second.answers = hook -> second.hooks.size() <= 2 ? Answer.of(503) : gone(4);
            CacheTask task = task(CdnPurgeSinkConfig.URL, cache.base() + ", " + second.base());
            task.put(CacheRecords.tag(0, "user/42"));
            assertThat(task.committable()).isZero();
            assertThat(task.purges).isEmpty();
            task.until(() -> task.committable() == 1);
            assertThat(task.purges).singleElement().satisfies(purge -> {
                assertThat(purge.attempts()).isEqualTo(3);
                assertThat(purge.removed()).isEqualTo(5);
            });
        }
    }

    /** Nothing is lost, set aside or purged over and over at those that are there. */
    @Test
    void allWaitForAServerThatIsAway() throws Exception {
        try (HookServer second = new HookServer()) {
            second.answers = hook -> Answer.of(429);
            CacheTask task = task(
                    CdnPurgeSinkConfig.URL, cache.base() + ", " + second.base(), CdnPurgeSinkConfig.PENDING_MAX, "5");
            for (int i = 0; i < 40; i++) {
                task.put(CacheRecords.tag(i, "photo/" + i));
            }
            task.until(() -> second.hooks.size() > 5);
            assertThat(task.connect.paused).isTrue();
            assertThat(task.committable()).isZero();
            assertThat(task.purges).isEmpty();
            assertThat(task.connect.metric("lag-seconds")).isPositive();
            second.answers = hook -> gone(1);
            task.until(() -> task.committable() == 40);
            assertThat(task.connect.deadLetters).isEmpty();
            assertThat(List.of(cache, second)).allSatisfy(server -> assertThat(server.hooks.stream()
                            .flatMap(hook -> Stream.of(hook.header("xkey-purge").split(" "))))
                    .containsAll(
                            IntStream.range(0, 40).mapToObj(i -> "photo/" + i).toList()));
            assertThat(tags()).as("none twice").doesNotHaveDuplicates();
        }
    }

    /** One that takes fewer requests than the other gets all of them in the end, and the other gets none twice. */
    @Test
    void aServerThatIsThrottledCatchesUp() throws Exception {
        try (HookServer second = new HookServer()) {
            AtomicLong nextNanos = new AtomicLong(System.nanoTime());
            second.answers = hook -> {
                long now = System.nanoTime();
                long next = nextNanos.get();
                return now - next >= 0 && nextNanos.compareAndSet(next, now + 20_000_000) ? gone(1) : Answer.of(429);
            };
            CacheTask task = task(
                    CdnPurgeSinkConfig.URL,
                    cache.base() + ", " + second.base(),
                    CdnPurgeSinkConfig.BY,
                    "urls",
                    CdnPurgeSinkConfig.AGAIN_AFTER,
                    "10");
            task.putUntilTaken(IntStream.range(0, 20)
                    .mapToObj(i -> CacheRecords.url(i, "/p/" + i))
                    .toList());
            task.until(() -> task.committable() == 20);
            assertThat(cache.hooks).as("both purges of each").hasSize(40);
        }
    }

    /** A server that is tried again is tried by one request, also while that takes long. */
    @Test
    void aTrialThatTakesLongIsTheOnlyOne() {
        AtomicLong now = new AtomicLong();
        ServerState state = new ServerState(new RetryPolicy(-1, 10, 2, 0, 10), now::get);
        state.failed(ServerState.Leave.YES, 0, 0);
        assertThat(state.leave()).isEqualTo(ServerState.Leave.NO);
        now.addAndGet(60_000_000_000L);
        assertThat(state.leave()).isEqualTo(ServerState.Leave.TRIAL);
        now.addAndGet(60_000_000_000L);
        assertThat(state.leave()).isEqualTo(ServerState.Leave.NO);
        assertThat(state.notBeforeNanos()).isGreaterThan(now.get());
        state.triedBy(ServerState.Leave.TRIAL);
        assertThat(state.leave()).as("it has shown nothing").isEqualTo(ServerState.Leave.TRIAL);
    }

    /** Else one that a server fails with would never be set aside where the server is away now and then. */
    @Test
    void aTargetsTimeStandsStillWhileItsServerIsAway() {
        AtomicLong now = new AtomicLong();
        ServerState state = new ServerState(new RetryPolicy(-1, 10, 2, 0, 10), now::get);
        SinkRecord record = CacheRecords.tag(0, "photo/1");
        Purging purging = Purging.first(record, RecordPosition.of(record), null, 0);
        assertThat(purging.failed(state)).isFalse();
        now.addAndGet(3);
        state.confirmed();
        assertThat(purging.failed(state)).isTrue();
        now.addAndGet(20);
        state.failed(ServerState.Leave.YES, 0, 0);
        now.addAndGet(60_000_000_000L);
        state.failed(ServerState.Leave.TRIAL, 0, 0);
        now.addAndGet(60_000_000_000L);
        assertThat(purging.failingNanos(state)).isEqualTo(20);
        state.confirmed();
        now.addAndGet(100);
        assertThat(purging.failed(state)).isTrue();
        assertThat(purging.failingNanos(state)).isEqualTo(120);
    }

    /** While a mass lasts there is always something that has not failed yet. */
    @Test
    void whatHasFailedHasItsTurn() {
        PendingPurges pending = new PendingPurges();
        for (int i = 0; i < 3; i++) {
            SinkRecord record = CacheRecords.tag(i, "photo/" + i);
            pending.add(Purging.first(record, RecordPosition.of(record), null, i * 10L));
        }
        pending.due(0).forEach(purging -> {
            purging.attempt();
            purging.putOff(15);
        });
        assertThat(pending.due(100).stream().map(purging -> purging.position().offset()))
                .containsExactly(1L, 0L, 2L);
    }

    /** Else what was there first would try a server that is away again and again, and fail. */
    @Test
    void ofWhatWaitsForTheSameMomentTheLeastTriedIsFirst() {
        PendingPurges pending = new PendingPurges();
        for (int i = 0; i < 3; i++) {
            SinkRecord record = CacheRecords.tag(i, "photo/" + i);
            Purging purging = Purging.first(record, RecordPosition.of(record), null, 10);
            IntStream.range(i, 2).forEach(unused -> purging.attempt());
            pending.add(purging);
        }
        assertThat(pending.due(100).stream().map(purging -> purging.position().offset()))
                .containsExactly(2L, 1L, 0L);
    }

    /** They look like a server that is away, which each that waits tries in its turn. */
    @Test
    void threePagesThatFailHoldUpNoOther() throws Exception {
        cache.answers = hook -> hook.path().startsWith("/bad") ? Answer.of(500) : gone(1);
        CacheTask task = task(
                CdnPurgeSinkConfig.IN_FLIGHT,
                "1",
                DeliveryConfig.RETRY_FIRST_PAUSE,
                "150",
                DeliveryConfig.RETRY_MAX_PAUSE,
                "150");
        task.put(
                CacheRecords.url(0, "/bad/0"),
                CacheRecords.url(1, "/bad/1"),
                CacheRecords.url(2, "/bad/2"),
                CacheRecords.url(3, "/p/3"));
        task.until(() -> task.count(Outcome.PURGED) == 1);
        assertThat(task.connect.deadLetters).isEmpty();
    }

    /** Nothing else shows that the server is there but the good targets in the requests that fail. */
    @Test
    void requestsOfWhichAllHaveATargetThatFailsAreHalved() throws Exception {
        Set<String> bad = Set.of("photo/0", "photo/3", "photo/6", "photo/9");
        cache.answers = hook ->
                Stream.of(hook.header("xkey-purge").split(" ")).anyMatch(bad::contains) ? Answer.of(500) : gone(1);
        CacheTask task = task(CdnPurgeSinkConfig.IN_FLIGHT, "1");
        task.put(tags(0, 12).toArray(SinkRecord[]::new));
        assertThat(tags()).first().asString().isEqualTo("photo/0 photo/1 photo/2");
        task.until(() -> task.count(Outcome.PURGED) == 8);
        assertThat(task.connect.deadLetters).isEmpty();
    }

    /** New targets come and go meanwhile, and what is done of a partition that has gone is nobody's. */
    @Test
    void aTargetThatHangsHoldsUpNoOther() throws Exception {
        CountDownLatch ends = new CountDownLatch(1);
        cache.answers = hook -> {
            if (hook.path().equals("/slow")) {
                try {
                    ends.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return gone(1);
        };
        CacheTask task = task(CdnPurgeSinkConfig.IN_FLIGHT, "2");
        task.put(CacheRecords.url(0, "/slow"));
        long begunNanos = System.nanoTime();
        for (int i = 1; i < 50; i++) {
            task.put(CacheRecords.url(i, i == 7 ? "/slow" : "/p/" + i));
        }
        assertThat((System.nanoTime() - begunNanos) / 1e9).isLessThan(5);
        assertThat(task.count(Outcome.PURGED)).isEqualTo(48);
        assertThat(task.connect.timeoutMs).as("no busy waiting").isBetween(20L, 100L);
        assertThat(task.committable()).isZero();
        ends.countDown();
        task.until(() -> task.committable() == 50);
        assertThat(cache.hooks.stream().filter(hook -> hook.path().equals("/slow")))
                .as("one after the other")
                .hasSize(2);
    }

    @Test
    void whatIsUnderWayWhenItsPartitionGoesIsNotPurgedAgain() throws Exception {
        cache.answers = hook -> gone(1).after(500);
        CacheTask task = task(CdnPurgeSinkConfig.AGAIN_AFTER, "10");
        task.put(CacheRecords.url(0, "/p/1"));
        task.task.close(List.of(CacheTask.PARTITION));
        task.task.open(List.of(CacheTask.PARTITION));
        task.until(() -> task.count(Outcome.PURGED) == 1);
        Thread.sleep(30);
        task.put();
        assertThat(cache.hooks).hasSize(1);
        assertThat(task.connect.metric("invalidations-pending")).isZero();
    }

    /** A refusal is an answer: the others need not wait any longer. */
    @Test
    void aServerThatRefusesATargetIsThere() throws Exception {
        cache.answers = hook -> Answer.of(429);
        CacheTask task = task(DeliveryConfig.RETRY_FIRST_PAUSE, "50", CdnPurgeSinkConfig.IN_FLIGHT, "1");
        task.put(CacheRecords.url(0, "/p/0"), CacheRecords.url(1, "/bad"), CacheRecords.url(2, "/p/2"));
        cache.hooks.clear();
        cache.answers = hook -> hook.path().equals("/bad") ? Answer.of(400) : gone(1);
        Thread.sleep(150);
        task.put();
        assertThat(cache.hooks.stream().map(Hook::path)).containsExactly("/bad", "/p/2", "/p/0");
        assertThat(task.connect.deadOffsets()).containsExactly(1L);
    }

    /** Neither while others come, nor for ever: a target that the cache fails with, and takes others, is set aside in the end. */
    @Test
    void aTargetThatAlwaysFailsHoldsUpNoOther() throws Exception {
        cache.answers = hook -> hook.path().equals("/bad") ? Answer.of(500, "oh") : gone(1);
        CacheTask task = task(CdnPurgeSinkConfig.TARGET_PATIENCE, "200");
        task.put(CacheRecords.url(0, "/bad"));
        for (int i = 1; i < 4; i++) {
            task.put(CacheRecords.url(i, "/p/" + i));
        }
        assertThat(task.count(Outcome.PURGED)).isEqualTo(3);
        int offset = 4;
        while (task.connect.deadLetters.isEmpty()) {
            Thread.sleep(20);
            assertThat(offset).isLessThan(200);
            task.put(CacheRecords.url(offset, "/p/" + offset));
            offset++;
        }
        assertThat(task.connect.deadOffsets()).containsExactly(0L);
        assertThat(task.connect.reasons.get(0))
                .hasMessageContaining("answers 500, and goes on so while it takes other targets");
        assertThat(task.connect.metric("purges-refused-total")).isEqualTo(1);
        assertThat(task.committable()).isEqualTo(offset);
    }

    /** Nor does it take those along with which it was in one request. */
    @Test
    void ofARequestThatAlwaysFailsOnlyTheTargetIsSetAside() throws Exception {
        cache.answers = hook -> (hook.header("xkey-purge") + " ").contains("photo/5 ") ? Answer.of(500) : gone(1);
        CacheTask task = task(CdnPurgeSinkConfig.TARGET_PATIENCE, "1000", CdnPurgeSinkConfig.IN_FLIGHT, "2");
        task.put(tags(0, 100).toArray(SinkRecord[]::new));
        assertThat(task.count(Outcome.PURGED)).as("those of other requests").isBetween(80L, 99L);
        int offset = 100;
        while (task.count(Outcome.PURGED) < offset - 1) {
            Thread.sleep(5);
            task.put(CacheRecords.tag(offset, "photo/" + offset));
            offset++;
        }
        assertThat(task.connect.deadLetters)
                .as("the others do not wait for its end")
                .isEmpty();
        while (task.connect.deadLetters.isEmpty()) {
            Thread.sleep(20);
            assertThat(offset).isLessThan(300);
            task.put(CacheRecords.tag(offset, "photo/" + offset));
            offset++;
        }
        assertThat(task.connect.deadOffsets()).containsExactly(5L);
        assertThat(task.committable()).isEqualTo(offset);
        assertThat(task.count(Outcome.PURGED)).isEqualTo(offset - 1);
    }

    /** Nothing is set aside while nothing is confirmed. */
    @Test
    void aCacheThatIsDownIsWaitedFor() throws Exception {
        cache.answers = hook -> Answer.of(503);
        CacheTask task = task(CdnPurgeSinkConfig.TARGET_PATIENCE, "0", CdnPurgeSinkConfig.PENDING_MAX, "10");
        task.put(tags(0, 30).toArray(SinkRecord[]::new));
        assertThat(task.connect.paused).isTrue();
        for (int i = 0; i < 30; i++) {
            Thread.sleep(10);
            task.put();
        }
        assertThat(cache.hooks).as("one request after each pause").hasSizeLessThan(60);
        assertThat(task.connect.deadLetters).isEmpty();
        cache.answers = hook -> gone(1);
        task.until(() -> task.committable() == 30);
        assertThat(task.connect.paused).isFalse();
        assertThat(task.connect.deadLetters).isEmpty();
    }

    @Test
    void aTaskStopsWhenItsRetriesAreUsedUp() {
        cache.answers = hook -> Answer.of(429);
        CacheTask task = task(DeliveryConfig.RETRY_ATTEMPTS, "2");
        assertThatThrownBy(() -> {
                    task.put(CacheRecords.tag(0, "user/1"));
                    task.until(() -> false);
                })
                .isInstanceOf(ConnectException.class)
                .isNotInstanceOf(RetriableException.class)
                .hasMessageContaining("given up after 3 attempts");
    }

    /** What the cache has rules of its own for is that target's alone. */
    @Test
    void aTargetThatIsForbiddenIsInTheDeadLetters() throws Exception {
        for (int status : List.of(403, 404, 405, 501, 302)) {
            cache.answers = hook -> hook.path().equals("/admin") ? Answer.of(status) : gone(1);
            CacheTask task = task();
            task.put(CacheRecords.url(0, "/admin"));
            for (int i = 1; i < 50 && task.connect.deadLetters.isEmpty(); i++) {
                task.put(CacheRecords.url(i, "/p/" + i));
                Thread.sleep(5);
            }
            assertThat(task.connect.deadOffsets()).as("of " + status).containsExactly(0L);
            assertThat(task.connect.reasons.get(0)).hasMessageContaining("it takes other targets");
        }
    }

    /** A path of another host's address must not lead there, with what the headers say. */
    @Test
    void aPathWithTwoSlashesIsThisServers() throws Exception {
        try (HookServer elsewhere = new HookServer()) {
            CacheTask task = task("cdn.header.Authorization", "Bearer s3cret");
            String host = elsewhere.base().substring("http:".length());
            task.put(CacheRecords.url(0, host + "/p/1"));
            assertThat(elsewhere.hooks).isEmpty();
            assertThat(cache.hooks).hasSize(1);
        }
    }

    @Test
    void aPurgeIsMadeASecondTimeAndHeldUntilThen() throws Exception {
        CacheTask task = task(CdnPurgeSinkConfig.AGAIN_AFTER, "300");
        task.put(CacheRecords.tag(0, "user/1"));
        long firstMs = System.currentTimeMillis();
        assertThat(task.connect.timeoutMs)
                .as("with others that are due within a twentieth of it")
                .isBetween(1L, 316L);
        assertThat(task.connect.metric("second-purges-pending")).isEqualTo(1);
        task.put(CacheRecords.tag(1, "user/2"));
        assertThat(tags()).as("first purges go on").containsExactly("user/1", "user/2");
        assertThat(task.committable()).isZero();
        task.until(() -> task.count(Outcome.PURGED_AGAIN) >= 1);
        assertThat(System.currentTimeMillis() - firstMs).isGreaterThanOrEqualTo(299);
        task.until(() -> task.count(Outcome.PURGED_AGAIN) == 2);
        assertThat(String.join(" ", tags())).isEqualTo("user/1 user/2 user/1 user/2");
        assertThat(task.outcomes())
                .containsExactly(
                        "PURGED tag:user/1@0",
                        "PURGED tag:user/2@1",
                        "PURGED_AGAIN tag:user/1@0",
                        "PURGED_AGAIN tag:user/2@1");
        assertThat(task.committable()).isEqualTo(2);
        assertThat(task.connect.metric("second-purges-pending")).isZero();
    }

    /** All at once they would hold up first ones. */
    @Test
    void secondPurgesThatAreRequestsEachAreNotDueTogether() {
        CacheTask task = task(CdnPurgeSinkConfig.AGAIN_AFTER, "3600000");
        task.put(CacheRecords.url(0, "/p/1"));
        assertThat(task.connect.timeoutMs).isBetween(3_590_000L, 3_600_001L);
    }

    /** Nothing but the offsets holds a second purge: a task that begins anew makes both. */
    @Test
    void aRestartBetweenBothPurgesMakesBothAgain() throws Exception {
        CacheTask first = task(CdnPurgeSinkConfig.AGAIN_AFTER, "60000");
        first.put(CacheRecords.tag(0, "user/1"), CacheRecords.tag(1, "user/2"));
        assertThat(first.committable()).isZero();
        first.close();
        tasks.remove(first);
        cache.hooks.clear();
        CacheTask second = task(CdnPurgeSinkConfig.AGAIN_AFTER, "50");
        second.put(CacheRecords.tag(0, "user/1"), CacheRecords.tag(1, "user/2"));
        second.until(() -> second.committable() == 2);
        assertThat(String.join(" ", tags()).split(" ", -1))
                .containsExactlyInAnyOrder("user/1", "user/2", "user/1", "user/2");
    }

    @Test
    void aFailureThatPassesIsTriedAgainWithThePauseThatTheCacheAsksFor() throws Exception {
        Set<String> failed = ConcurrentHashMap.newKeySet();
        cache.answers =
                hook -> failed.add(hook.header("xkey-purge")) ? Answer.of(429).with("Retry-After", "1") : gone(1);
        CacheTask task = task();
        List<SinkRecord> records = tags(0, 3);
        task.task.put(records);
        assertThat(task.connect.timeoutMs).isBetween(900L, 1_001L);
        int requests = cache.hooks.size();
        task.task.put(List.of(CacheRecords.tag(3, "photo/0")));
        assertThat(cache.hooks).as("it is left alone").hasSize(requests);
        task.until(() -> task.committable() == 4);
        assertThat(task.count(Outcome.PURGED)).isEqualTo(4);
        assertThat(task.connect.metric("retries-total")).isPositive();
        assertThat(task.connect.deadLetters).isEmpty();
    }

    @Test
    void whatTheCacheRefusesIsInTheDeadLettersAndTheRestIsPurged() throws Exception {
        cache.answers =
                hook -> hook.header("xkey-purge").contains("photo/5") ? Answer.of(400, "too long for me") : gone(1);
        CacheTask task = task(CdnPurgeSinkConfig.IN_FLIGHT, "1", CdnPurgeSinkConfig.AGAIN_AFTER, "20");
        List<SinkRecord> records = new ArrayList<>(tags(0, 40));
        records.set(6, CacheRecords.tag(6, "photo/6\r\nxkey-purge: all"));
        records.add(new SinkRecord(
                CacheRecords.TOPIC,
                0,
                null,
                "k",
                Schema.STRING_SCHEMA,
                "no invalidation",
                40,
                0L,
                TimestampType.CREATE_TIME));
        task.putUntilTaken(records);
        task.until(() -> task.committable() == 41);
        assertThat(task.connect.deadOffsets()).containsExactlyInAnyOrder(5L, 6L, 40L);
        assertThat(task.connect.reasons)
                .allSatisfy(reason ->
                        assertThat(reason.getMessage()).as("what is logged").doesNotContain("photo"));
        assertThat(task.connect.reasons).anySatisfy(reason -> assertThat(reason)
                .hasMessageContaining("answers 400")
                .cause()
                .hasMessageContaining("too long for me"));
        assertThat(task.purges.stream().filter(purge -> purge.outcome() == Outcome.REFUSED))
                .hasSize(2)
                .anySatisfy(purge -> {
                    assertThat(purge.target()).isEqualTo("photo/5");
                    assertThat(purge.message()).contains("answers 400");
                });
        assertThat(task.count(Outcome.PURGED)).isEqualTo(38);
        assertThat(task.count(Outcome.PURGED_AGAIN))
                .as("not of the refused ones")
                .isEqualTo(38);
    }

    /** Who takes no purges from us takes none: that is for a person to mend, not for the dead letters. */
    @Test
    void aCacheThatTakesNoPurgesStopsTheTask() {
        for (Answer answer :
                List.of(Answer.of(401), Answer.of(403), Answer.of(405), Answer.of(404), Answer.of(200, "a page"))) {
            cache.answers = hook -> answer;
            CacheTask task = task();
            assertThatThrownBy(() -> {
                        task.put(tags(0, 5).toArray(SinkRecord[]::new));
                        task.until(() -> false);
                    })
                    .isInstanceOf(ConnectException.class)
                    .isNotInstanceOf(RetriableException.class)
                    .hasMessageContaining("its VCL must take PURGE");
            assertThat(task.connect.deadLetters).isEmpty();
            assertThat(task.committable()).isZero();
        }
    }

    /** Connect's reporter is for its own thread alone, which is elsewhere when a request takes long. */
    @Test
    void whatIsRefusedLateIsSetAsideByTheTasksThread() throws Exception {
        cache.answers = hook -> Answer.of(422).after(400);
        CacheTask task = task();
        task.put(CacheRecords.url(0, "/p/0"), CacheRecords.url(1, "/p/1"));
        assertThat(task.connect.deadLetters).isEmpty();
        Thread.sleep(300);
        assertThat(task.connect.deadLetters).as("nobody else sets them aside").isEmpty();
        assertThat(task.committable()).isZero();
        task.until(() -> task.committable() == 2);
        assertThat(task.connect.deadOffsets()).containsExactlyInAnyOrder(0L, 1L);
    }

    /** It is not waited for by a thread that has gone. */
    @Test
    void aTaskStopsWhileSomethingIsToBeSetAside() throws Exception {
        cache.answers = hook -> Answer.of(422).after(400);
        CacheTask task = task();
        task.put(CacheRecords.url(0, "/p/0"));
        Thread.sleep(300);
        long begunNanos = System.nanoTime();
        task.close();
        tasks.remove(task);
        assertThat((System.nanoTime() - begunNanos) / 1e9).isLessThan(2);
        assertThat(task.connect.deadLetters).isEmpty();
    }

    @Test
    void aStormOpensTheBreakerAndAPassEndsIt() throws Exception {
        cache.answers = hook -> Answer.of(422);
        CacheTask task = task(
                DeliveryConfig.BREAKER_RECORDS,
                "10",
                DeliveryConfig.BREAKER_PAUSE,
                "100",
                CdnPurgeSinkConfig.IN_FLIGHT,
                "1");
        List<SinkRecord> records = tags(0, 30);
        assertThatThrownBy(() -> task.task.put(records)).hasMessageContaining("the breaker is open");
        assertThat(task.connect.deadLetters).hasSize(5);
        assertThat(task.task
                        .preCommit(Map.of(CacheTask.PARTITION, new OffsetAndMetadata(0)))
                        .get(CacheTask.PARTITION)
                        .metadata())
                .isEqualTo("breaker-open");
        cache.answers = hook -> gone(1);
        task.putUntilTaken(records);
        assertThat(task.count(Outcome.PURGED)).isEqualTo(25);
        assertThat(task.committable()).isEqualTo(30);
    }

    /** A mass goes no faster than the rate, while Connect's calls return and memory is bounded. */
    @Test
    void aMassOfUrlsIsPaced() throws Exception {
        CacheTask task = task(
                CdnPurgeSinkConfig.RATE, "50", CdnPurgeSinkConfig.BURST, "5", CdnPurgeSinkConfig.PENDING_MAX, "20");
        List<SinkRecord> records = IntStream.range(0, 55)
                .mapToObj(i -> CacheRecords.url(i, "/p/" + i))
                .toList();
        long begunNanos = System.nanoTime();
        task.putUntilTaken(records);
        task.until(() -> task.committable() == 55);
        assertThat((System.nanoTime() - begunNanos) / 1e9).isBetween(0.95, 3.0);
        assertThat(task.connect.metric("throttled-ms-total")).isPositive();
        assertThat(cache.hooks).hasSize(55);
    }

    @Test
    void aTaskThatHoldsEnoughReadsNoMoreUntilItHoldsLess() throws Exception {
        CacheTask task = full("300");
        task.until(() -> !task.connect.paused && task.committable() == 6);
    }

    @Test
    void aTaskThatHoldsEnoughReadsNothingOfPartitionsThatCome() throws Exception {
        CacheTask task = full("60000");
        assertThat(task.connect.paused).isTrue();
        task.connect.paused = false;
        task.task.open(List.of(new TopicPartition(CacheRecords.TOPIC, 1)));
        task.putUntilTaken(List.of());
        assertThat(task.connect.paused).isTrue();
    }

    /** One that holds as many second purges as it may. */
    private CacheTask full(String againAfterMs) throws InterruptedException {
        CacheTask task = task(
                CdnPurgeSinkConfig.PENDING_MAX,
                "1",
                CdnPurgeSinkConfig.PENDING_AGAIN_MAX,
                "5",
                CdnPurgeSinkConfig.AGAIN_AFTER,
                againAfterMs);
        task.putUntilTaken(tags(0, 4));
        task.putUntilTaken(tags(4, 6));
        return task;
    }

    /** A pace that is slower than Connect is patient: a call returns, and the rest is made later. */
    @Test
    void aSlowPaceDoesNotHoldACallUp() throws Exception {
        CacheTask task = task(
                CdnPurgeSinkConfig.RATE, "0.001", CdnPurgeSinkConfig.BURST, "2", CdnPurgeSinkConfig.IN_FLIGHT, "1");
        long begunNanos = System.nanoTime();
        task.put(CacheRecords.url(0, "/p/0"), CacheRecords.url(1, "/p/1"), CacheRecords.url(2, "/p/2"));
        assertThat((System.nanoTime() - begunNanos) / 1e9).isLessThan(5);
        assertThat(cache.hooks).hasSize(2);
        assertThat(task.connect.timeoutMs).isBetween(900_000L, 1_000_001L);
        assertThat(task.committable()).isEqualTo(2);
        assertThat(task.connect.metric("retries-total")).isZero();
    }

    @Test
    void aPartitionThatGoesIsForgotten() throws Exception {
        CacheTask task = task(CdnPurgeSinkConfig.AGAIN_AFTER, "30");
        task.put(CacheRecords.tag(0, "user/1"));
        task.task.close(List.of(CacheTask.PARTITION));
        Thread.sleep(40);
        task.put();
        assertThat(cache.hooks).hasSize(1);
        assertThat(task.connect.metric("invalidations-pending")).isZero();
    }

    @Test
    void pagesAreFetchedAfterTheirPurge() throws Exception {
        CacheTask task = task(
                CdnPurgeSinkConfig.WARM,
                "hot",
                CdnPurgeSinkConfig.WARM_CONCURRENCY,
                "2",
                CdnPurgeSinkConfig.SITE,
                "https://www.example.com");
        task.put(
                CacheRecords.record(0, 0, TargetKind.URL, "/p/1", true, 300),
                CacheRecords.record(0, 1, TargetKind.URL, "/p/2", true, null),
                CacheRecords.record(0, 2, TargetKind.TAG, "photo/1", false, 300));
        task.until(() -> task.connect.metric("pages-warmed-total") == 1);
        assertThat(cache.hooks.stream().map(hook -> hook.method() + " " + hook.path()))
                .containsExactlyInAnyOrder("PURGE /p/1", "GET /p/1", "PURGE /");
        List<String> ofPage = cache.hooks.stream()
                .filter(hook -> hook.path().equals("/p/1"))
                .map(Hook::method)
                .toList();
        assertThat(ofPage).containsExactly("PURGE", "GET");
    }

    @Test
    void aDeadLetterThatIsReplayedIsPurgedAsWhatItWas() {
        CacheTask task = task(DeliveryConfig.REPLAY_TOPIC, "photos.cdn.edge.dlq.replay");
        SinkRecord letter = CacheRecords.tag(5, "user/42");
        SinkRecord replay = new SinkRecord(
                "photos.cdn.edge.dlq.replay",
                0,
                letter.keySchema(),
                letter.key(),
                letter.valueSchema(),
                letter.value(),
                0,
                letter.timestamp(),
                TimestampType.CREATE_TIME);
        replay.headers().addString("__millrace.replay.source", CacheRecords.TOPIC + "-3@17");
        task.put(replay);
        assertThat(task.purges).singleElement().satisfies(purge -> {
            assertThat(purge.partition()).isEqualTo(3);
            assertThat(purge.offset()).isEqualTo(17);
        });
    }
}
