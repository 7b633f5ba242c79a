package io.millrace.connectors.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.delivery.FakeConnect;
import io.millrace.connectors.http.HookServer.Answer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
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

/** The task against a real HTTP server. */
final class HttpSinkTaskTest {
    private static final TopicPartition PARTITION = new TopicPartition("clicks", 0);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<HttpSinkTask> started = new ArrayList<>();
    private HookServer server;
    private FakeConnect connect;

    @BeforeEach
    void start() throws Exception {
        server = new HookServer();
    }

    @AfterEach
    void stop() {
        started.forEach(HttpSinkTask::stop);
        server.close();
    }

    private HttpSinkTask task(String... more) {
        Map<String, String> properties = new HashMap<>(
                Map.of("name", "hooks", HttpSinkConfig.URL, server.url(), DeliveryConfig.RETRY_FIRST_PAUSE, "1"));
        for (int i = 0; i < more.length; i += 2) {
            properties.put(more[i], more[i + 1]);
        }
        connect = new FakeConnect(properties);
        HttpSinkTask task = new HttpSinkTask();
        task.initialize(connect);
        task.start(properties);
        task.open(List.of(PARTITION, new TopicPartition("clicks", 1)));
        started.add(task);
        return task;
    }

    private static SinkRecord record(int partition, long offset, String key, String value) {
        return new SinkRecord(
                "clicks",
                partition,
                key == null ? null : Schema.STRING_SCHEMA,
                key,
                Schema.STRING_SCHEMA,
                value,
                offset,
                1_700_000_000_000L + offset,
                TimestampType.CREATE_TIME);
    }

    private static List<SinkRecord> records(int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> record(0, i, "k" + i, "v" + i))
                .toList();
    }

    private static long committable(HttpSinkTask task) {
        return task.preCommit(Map.of(PARTITION, new OffsetAndMetadata(0)))
                .get(PARTITION)
                .offset();
    }

    private static void putUntilTaken(HttpSinkTask task, List<SinkRecord> records) throws Exception {
        for (int i = 0; i < 1_000; i++) {
            try {
                task.put(records);
                return;
            } catch (RetriableException e) {
                Thread.sleep(5);
            }
        }
        throw new AssertionError("never taken");
    }

    @Test
    void aDeadLetterIsSentAgainAsItWas() throws Exception {
        for (String batch : List.of("1", "3")) {
            server.hooks.clear();
            server.answers = hook -> Answer.of(hook.body().contains("\"v1\"") ? 422 : 200);
            HttpSinkTask task = task("batch.max.records", batch, DeliveryConfig.REPLAY_TOPIC, "hooks.dlq.replay");
            putUntilTaken(task, records(0, 3));
            assertThat(connect.deadOffsets()).containsExactly(1L);
            HookServer.Hook refused = server.hooks.stream()
                    .filter(hook -> hook.body().contains("\"v1\""))
                    .reduce((one, other) -> other)
                    .orElseThrow();
            server.hooks.clear();
            server.answers = hook -> Answer.of(200);
            SinkRecord letter = connect.deadLetters.get(0);
            List<SinkRecord> replays = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                SinkRecord replay = new SinkRecord(
                        "hooks.dlq.replay",
                        0,
                        letter.keySchema(),
                        letter.key(),
                        letter.valueSchema(),
                        letter.value(),
                        i,
                        letter.timestamp(),
                        TimestampType.CREATE_TIME);
                replay.headers().addString("__millrace.replay.source", "clicks-0@1");
                replays.add(replay);
            }
            putUntilTaken(task, replays);
            assertThat(server.hooks).hasSize(2).allSatisfy(hook -> {
                assertThat(hook.body()).isEqualTo(refused.body());
                assertThat(hook.header("Idempotency-Key")).isEqualTo(refused.header("Idempotency-Key"));
            });
        }
    }

    @Test
    void aRecordIsOneSignedRequest() throws Exception {
        HttpSinkTask task = task(
                HttpSinkConfig.METHOD,
                "PUT",
                HttpSinkConfig.SIGNATURE_SECRET,
                "s3cret",
                "http.header.Authorization",
                "Bearer abc, def");
        task.put(List.of(record(0, 7, "a", "hello \"world\" \u0001 ü")));
        HookServer.Hook hook = server.hooks.get(0);
        assertThat(hook.method()).isEqualTo("PUT");
        assertThat(hook.path()).isEqualTo("/hooks/secret-path");
        assertThat(hook.body())
                .isEqualTo(
                        "{\"topic\":\"clicks\",\"partition\":0,\"offset\":7,\"timestamp\":1700000000007,\"key\":\"a\","
                                + "\"value\":\"hello \\\"world\\\" \\u0001 ü\"}");
        assertThat(hook.header("Idempotency-Key")).isEqualTo("clicks-0-7");
        assertThat(hook.header("Content-Type")).isEqualTo("application/json");
        assertThat(hook.header("Authorization")).isEqualTo("Bearer abc, def");
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec("s3cret".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        assertThat(hook.header("Millrace-Signature"))
                .isEqualTo("sha256="
                        + HexFormat.of().formatHex(mac.doFinal(hook.body().getBytes(StandardCharsets.UTF_8))));
        assertThat(committable(task)).isEqualTo(8);
        assertThat(connect.metric("records-sent-total")).isEqualTo(1);
        assertThat(connect.metric("records-waiting")).isZero();
    }

    /** Records of one key go one after the other, others side by side, and no more at a time than is said. */
    @Test
    void keysKeepTheirOrderWhileOthersOvertake() throws Exception {
        Random random = new Random(1);
        Map<String, Integer> busy = new ConcurrentHashMap<>();
        List<String> mistakes = new ArrayList<>();
        Map<String, List<Long>> arrived = new ConcurrentHashMap<>();
        server.answers = hook -> {
            JsonNode body = json(hook.body());
            String key = body.get("key").asText();
            synchronized (mistakes) {
                if (busy.merge(key, 1, Integer::sum) > 1) {
                    mistakes.add("two of " + key);
                }
                arrived.computeIfAbsent(key, unused -> new ArrayList<>())
                        .add(body.get("offset").asLong());
            }
            sleep(random.nextInt(8));
            busy.merge(key, -1, Integer::sum);
            return Answer.of(204);
        };
        List<SinkRecord> records = IntStream.range(0, 200)
                .mapToObj(i -> record(0, i, "k" + random.nextInt(12), "v"))
                .toList();
        HttpSinkTask task = task(HttpSinkConfig.REQUESTS_IN_FLIGHT, "5");
        task.put(records);
        assertThat(mistakes).isEmpty();
        assertThat(server.hooks).hasSize(200);
        arrived.values().forEach(offsets -> assertThat(offsets).isSorted());
        assertThat(server.mostInFlight.get()).isBetween(2, 5);
        assertThat(server.keys())
                .isNotEqualTo(
                        IntStream.range(0, 200).mapToObj(i -> "clicks-0-" + i).toList());
        assertThat(committable(task)).isEqualTo(200);
    }

    @Test
    void recordsWithoutAKeyKeepTheOrderOfTheirPartition() {
        server.answers =
                hook -> Answer.of(200).after(json(hook.body()).get("offset").asLong() == 0 ? 50 : 0);
        task().put(IntStream.range(0, 10).mapToObj(i -> record(0, i, null, "v")).toList());
        assertThat(server.keys())
                .isEqualTo(IntStream.range(0, 10).mapToObj(i -> "clicks-0-" + i).toList());
    }

    private static JsonNode json(String body) {
        try {
            return JSON.readTree(body);
        } catch (java.io.IOException e) {
            throw new IllegalArgumentException(body, e);
        }
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Every third request fails at first, in one way or another: in the end each record was taken once, in the order of its key. */
    @Test
    void whatMayPassIsSentAgainWithTheSameKey() throws Exception {
        Random random = new Random(2);
        int[] statuses = {408, 425, 429, 500, 502, 503};
        List<String> taken = new ArrayList<>();
        server.answers = hook -> {
            synchronized (taken) {
                if (random.nextInt(3) == 0) {
                    return Answer.of(statuses[random.nextInt(statuses.length)]);
                }
                taken.add(hook.header("Idempotency-Key"));
                return Answer.of(200);
            }
        };
        HttpSinkTask task = task(DeliveryConfig.RETRY_MAX_PAUSE, "2");
        List<SinkRecord> records = IntStream.range(0, 100)
                .mapToObj(i -> record(0, i, "k" + i % 7, "v"))
                .toList();
        putUntilTaken(task, records);
        assertThat(taken).hasSize(100).doesNotHaveDuplicates();
        for (int key = 0; key < 7; key++) {
            int rest = key;
            assertThat(taken.stream()
                            .map(each -> Integer.parseInt(each.substring("clicks-0-".length())))
                            .filter(offset -> offset % 7 == rest))
                    .isSorted();
        }
        assertThat(connect.deadLetters).isEmpty();
        assertThat(connect.metric("retries-total")).isPositive();
        assertThat(committable(task)).isEqualTo(100);
    }

    @Test
    void theServerIsLeftAloneForAsLongAsItAsks() throws Exception {
        server.answers = hook -> Answer.of(503).with("Retry-After", "1");
        HttpSinkTask task = task();
        assertThatThrownBy(() -> task.put(records(0, 1))).isInstanceOf(RetriableException.class);
        assertThat(connect.timeoutMs).isEqualTo(1_000);
        server.answers = hook -> Answer.of(200);
        assertThatThrownBy(() -> task.put(records(0, 1)))
                .as("Connect came too early")
                .isInstanceOf(RetriableException.class);
        assertThat(server.hooks).hasSize(1);
        assertThat(connect.timeoutMs).isBetween(500L, 1_000L);
        Thread.sleep(1_010);
        task.put(records(0, 1));
        assertThat(server.keys()).containsExactly("clicks-0-0", "clicks-0-0");
        assertThat(connect.metric("retries-total")).isEqualTo(1);
    }

    @Test
    void attemptsEnd() {
        server.answers = hook -> Answer.of(500);
        HttpSinkTask task = task(DeliveryConfig.RETRY_ATTEMPTS, "2");
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> task.put(records(0, 1))).isInstanceOf(RetriableException.class);
        }
        assertThatThrownBy(() -> task.put(records(0, 1)))
                .isInstanceOf(ConnectException.class)
                .isNotInstanceOf(RetriableException.class)
                .hasMessageContaining("given up after 3 attempts")
                .hasMessageContaining("answers 500");
        assertThat(committable(task)).isZero();
    }

    @Test
    void aServerThatDoesNotAnswerIsTriedAgain() {
        server.answers = hook -> Answer.of(200).after(400);
        HttpSinkTask task = task(HttpSinkConfig.REQUEST_TIMEOUT, "150");
        assertThatThrownBy(() -> task.put(records(0, 1)))
                .isInstanceOf(RetriableException.class)
                .hasMessageContaining("does not answer within 150 ms");
        server.close();
        assertThatThrownBy(() -> task.put(records(0, 1)))
                .isInstanceOf(RetriableException.class)
                .hasMessageContaining("cannot be reached")
                .hasMessageNotContaining("secret-path");
    }

    @Test
    void whatTheServerRefusesIsInTheDeadLettersWithItsAnswer() {
        server.answers = hook -> hook.body().contains("\"v3\"") ? Answer.of(422, "v3 is too long") : Answer.of(200);
        HttpSinkTask task = task();
        task.put(records(0, 10));
        assertThat(connect.deadOffsets()).containsExactly(3L);
        assertThat(connect.reasons.get(0)).hasMessageContaining("answers 422").hasMessageNotContaining("too long");
        StringWriter stack = new StringWriter();
        connect.reasons.get(0).printStackTrace(new PrintWriter(stack));
        assertThat(stack.toString()).contains("v3 is too long").doesNotContain("secret-path");
        assertThat(server.keys()).hasSize(10);
        assertThat(committable(task)).isEqualTo(10);
    }

    @Test
    void aBatchThatIsRefusedIsHalvedUntilTheRecordStandsAlone() {
        server.answers = hook -> Answer.of(hook.body().contains("\"v5\"") ? 400 : 200);
        HttpSinkTask task = task(HttpSinkConfig.BATCH_RECORDS, "4");
        List<SinkRecord> both = new ArrayList<>(records(0, 10));
        both.add(record(1, 3, "x", "y"));
        task.put(both);
        assertThat(server.keys())
                .containsExactlyInAnyOrder(
                        "clicks-0-0-3",
                        "clicks-0-4-7",
                        "clicks-0-4-5",
                        "clicks-0-4-4",
                        "clicks-0-5-5",
                        "clicks-0-6-7",
                        "clicks-0-8-9",
                        "clicks-1-3-3");
        assertThat(connect.deadOffsets()).containsExactly(5L);
        assertThat(json(server.hooks.stream()
                        .filter(hook -> hook.header("Idempotency-Key").equals("clicks-1-3-3"))
                        .findFirst()
                        .orElseThrow()
                        .body()))
                .hasSize(1);
    }

    /** What has failed is cut as it was, whatever has succeeded around it. */
    @Test
    void aBatchThatIsSentAgainHasTheKeyThatItHad() throws Exception {
        Set<String> failing = ConcurrentHashMap.newKeySet();
        failing.addAll(List.of("clicks-0-0-3", "clicks-0-2-3", "clicks-0-8-11"));
        server.answers = hook -> Answer.of(
                failing.remove(hook.header("Idempotency-Key"))
                        ? 503
                        : hook.body().contains("\"v1\"") ? 400 : 200);
        HttpSinkTask task = task(HttpSinkConfig.BATCH_RECORDS, "4", HttpSinkConfig.REQUESTS_IN_FLIGHT, "1");
        putUntilTaken(task, records(0, 14));
        assertThat(server.keys())
                .containsExactly(
                        "clicks-0-0-3",
                        "clicks-0-0-3",
                        "clicks-0-0-1",
                        "clicks-0-0-0",
                        "clicks-0-1-1",
                        "clicks-0-2-3",
                        "clicks-0-2-3",
                        "clicks-0-4-7",
                        "clicks-0-8-11",
                        "clicks-0-8-11",
                        "clicks-0-12-13");
        assertThat(connect.deadOffsets()).containsExactly(1L);
    }

    @Test
    void aTaskThatIsStartedAnewSendsAgainWhatWasNotCommittedWithTheSameKeys() {
        server.answers = hook -> Answer.of(hook.body().contains("\"v4\"") ? 503 : 200);
        HttpSinkTask first = task();
        assertThatThrownBy(() -> first.put(records(0, 8))).isInstanceOf(RetriableException.class);
        assertThat(committable(first)).as("up to the first that was not taken").isEqualTo(4);
        List<String> before = List.copyOf(server.keys());
        server.hooks.clear();
        server.answers = hook -> Answer.of(200);
        HttpSinkTask second = task(HttpSinkConfig.REQUESTS_IN_FLIGHT, "1");
        second.put(records(4, 8));
        assertThat(server.keys()).containsExactly("clicks-0-4", "clicks-0-5", "clicks-0-6", "clicks-0-7");
        assertThat(before).contains("clicks-0-4");
        assertThat(committable(second)).isEqualTo(8);
    }

    /** As another connector has parked them: with their own body, key and time. */
    @Test
    void whatWasParkedIsSentAsItIsWhenItsTimeHasCome() throws Exception {
        HttpSinkTask task = task(HttpSinkConfig.BATCH_RECORDS, "10");
        long soon = System.currentTimeMillis() + 400;
        List<SinkRecord> parked = List.of(
                parked(0, "a", "one", soon - 1_000), parked(1, "a", "two", soon), parked(2, "b", "three", soon));
        task.put(parked);
        assertThat(server.keys()).containsExactly("t-0-100");
        assertThat(server.hooks.get(0).body()).isEqualTo("one");
        assertThat(committable(task)).isEqualTo(1);
        assertThat(connect.paused).isTrue();
        assertThat(connect.timeoutMs).isBetween(1L, 400L);
        Thread.sleep(410);
        task.put(List.of());
        assertThat(server.keys()).containsExactlyInAnyOrder("t-0-100", "t-0-101", "t-0-102");
        assertThat(committable(task)).isEqualTo(3);
        assertThat(connect.paused).isFalse();
    }

    @Test
    void whatIsWaitedForMayGoToAnotherTask() {
        HttpSinkTask task = task();
        task.put(List.of(parked(0, "a", "one", System.currentTimeMillis() + 60_000)));
        assertThat(connect.paused).isTrue();
        task.close(List.of(PARTITION));
        task.put(List.of());
        assertThat(connect.paused).isFalse();
    }

    @Test
    void nothingOvertakesWhatIsParkedBeforeIt() {
        HttpSinkTask task = task();
        task.put(List.of(
                parked(0, "a", "one", System.currentTimeMillis() + 60_000),
                parked(1, "a", "two", 0),
                parked(2, "b", "three", 0)));
        assertThat(server.keys()).containsExactly("t-0-102");
    }

    @Test
    void whatConnectSetAsideIsCommitted() {
        HttpSinkTask task = task();
        Map<TopicPartition, OffsetAndMetadata> read = Map.of(PARTITION, new OffsetAndMetadata(7));
        assertThat(task.preCommit(read)).isEqualTo(read);
        task.put(records(0, 3));
        assertThat(task.preCommit(read)).isEqualTo(read);
    }

    private static SinkRecord parked(long offset, String key, String body, long notBeforeMs) {
        SinkRecord record = record(0, offset, key, body);
        record.headers().addString(RetryTopics.KEY_HEADER, "t-0-" + (100 + offset));
        record.headers().addString(RetryTopics.TIME_HEADER, Long.toString(notBeforeMs));
        return record;
    }

    @Test
    void redirectsAreNotFollowedAndStopTheTask() {
        server.answers = hook -> Answer.of(307).with("Location", server.url());
        HttpSinkTask task = task();
        assertThatThrownBy(() -> task.put(records(0, 1)))
                .isInstanceOf(ConnectException.class)
                .isNotInstanceOf(RetriableException.class)
                .hasMessageContaining("redirects are not followed: set http.url")
                .hasMessageNotContaining("secret-path");
        assertThat(connect.deadLetters).isEmpty();
        assertThat(committable(task)).isZero();
    }

    @Test
    void aStormOpensTheBreaker() throws Exception {
        server.answers = hook -> Answer.of(403);
        HttpSinkTask task = task(
                DeliveryConfig.BREAKER_RECORDS,
                "10",
                DeliveryConfig.BREAKER_PAUSE,
                "100",
                HttpSinkConfig.REQUESTS_IN_FLIGHT,
                "4");
        connect.reportMs = 10;
        List<SinkRecord> records = records(0, 100);
        assertThatThrownBy(() -> task.put(records))
                .isInstanceOf(RetriableException.class)
                .hasMessageContaining("the breaker is open");
        assertThat(connect.deadLetters).as("whatever is under way").hasSize(5);
        assertThat(connect.metric("breaker-open")).isEqualTo(1);
        int requests = server.hooks.size();
        assertThat(requests).isLessThan(10);
        assertThatThrownBy(() -> task.put(records)).isInstanceOf(RetriableException.class);
        assertThat(server.hooks).hasSize(requests);
        Thread.sleep(110);
        assertThatThrownBy(() -> task.put(records)).isInstanceOf(RetriableException.class);
        assertThat(server.hooks).as("one record is tried").hasSize(requests + 1);
        server.answers = hook -> Answer.of(200);
        Thread.sleep(110);
        task.put(records);
        assertThat(connect.deadLetters).hasSize(5);
        assertThat(connect.metric("records-sent-total")).isEqualTo(95);
        assertThat(committable(task)).isEqualTo(100);
    }
}
