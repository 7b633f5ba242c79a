package io.millrace.connectors.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.connectors.delivery.DeliveryConfig;
import io.millrace.connectors.delivery.FakeConnect;
import io.millrace.connectors.http.HookServer.Answer;
import io.millrace.connectors.http.HookServer.Hook;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.Test;

/**
 * Records of two partitions to a server that fails at random and refuses some for good, by tasks that are replaced at random and
 * go on where the one before could commit: every record is taken or set aside, and of each key the first time in its order.
 * {@code -Dmillrace.seed=N} repeats one.
 */
final class RandomDeliveriesTest {
    private static final int RECORDS = 150;
    private static final int ROUNDS = 12;
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void everyRecordIsTakenInTheOrderOfItsKeyOrSetAside() throws Exception {
        long seed = Long.getLong("millrace.seed", System.nanoTime());
        int rounds = Long.getLong("millrace.seed") == null ? ROUNDS : 1;
        for (int i = 0; i < rounds; i++) {
            deliver(seed + i);
        }
    }

    private static void deliver(long seed) throws Exception {
        Random random = new Random(seed);
        Set<String> bad = new TreeSet<>();
        List<List<SinkRecord>> partitions = List.of(records(0, random, bad), records(1, random, bad));
        List<JsonNode> taken = new ArrayList<>();
        Set<String> setAside = new TreeSet<>();
        try (HookServer server = new HookServer()) {
            server.answers = hook -> answer(hook, random, bad, taken);
            Map<String, String> properties = Map.of(
                    "name",
                    "hooks",
                    HttpSinkConfig.URL,
                    server.url(),
                    HttpSinkConfig.BATCH_RECORDS,
                    random.nextBoolean() ? "1" : "5",
                    DeliveryConfig.BREAKER_RECORDS,
                    "0",
                    DeliveryConfig.RETRY_ATTEMPTS,
                    "-1",
                    DeliveryConfig.RETRY_FIRST_PAUSE,
                    "1");
            long[] next = {0, 0};
            while (next[0] < RECORDS || next[1] < RECORDS) {
                runTask(properties, partitions, next, random, setAside);
            }
        }
        check(seed, partitions, bad, taken, setAside);
    }

    private static List<SinkRecord> records(int partition, Random random, Set<String> bad) {
        List<SinkRecord> records = new ArrayList<>();
        for (int offset = 0; offset < RECORDS; offset++) {
            if (random.nextInt(20) == 0) {
                bad.add(partition + "@" + offset);
            }
            records.add(new SinkRecord(
                    "t",
                    partition,
                    Schema.STRING_SCHEMA,
                    "k" + partition + random.nextInt(9),
                    Schema.STRING_SCHEMA,
                    partition + "@" + offset,
                    offset,
                    0L,
                    TimestampType.CREATE_TIME));
        }
        return records;
    }

    private static Answer answer(Hook hook, Random random, Set<String> bad, List<JsonNode> taken) {
        List<JsonNode> records = new ArrayList<>();
        try {
            JsonNode body = JSON.readTree(hook.body());
            if (body.isArray()) {
                body.forEach(records::add);
            } else {
                records.add(body);
            }
        } catch (IOException e) {
            throw new IllegalArgumentException(hook.body(), e);
        }
        synchronized (taken) {
            int dice = random.nextInt(20);
            if (dice == 0) {
                return Answer.of(503);
            }
            if (records.stream().anyMatch(each -> bad.contains(each.get("value").asText()))) {
                return Answer.of(400);
            }
            taken.addAll(records);
            // It may have taken them and yet say that it has not.
            return Answer.of(dice == 1 ? 502 : 204).after(random.nextInt(3));
        }
    }

    /** From where the task before could commit, until all is delivered or the task ends. */
    private static void runTask(
            Map<String, String> properties,
            List<List<SinkRecord>> partitions,
            long[] next,
            Random random,
            Set<String> setAside)
            throws Exception {
        HttpSinkTask task = new HttpSinkTask();
        try (FakeConnect connect = new FakeConnect(properties)) {
            task.initialize(connect);
            task.start(properties);
            Map<TopicPartition, OffsetAndMetadata> all = new HashMap<>();
            for (int partition = 0; partition < 2; partition++) {
                all.put(new TopicPartition("t", partition), new OffsetAndMetadata(RECORDS));
            }
            task.open(all.keySet());
            long[] read = next.clone();
            boolean ends = false;
            while (!ends && (read[0] < RECORDS || read[1] < RECORDS)) {
                List<SinkRecord> batch = new ArrayList<>();
                for (int partition = 0; partition < 2; partition++) {
                    long to = Math.min(RECORDS, read[partition] + random.nextInt(40));
                    batch.addAll(partitions.get(partition).subList((int) read[partition], (int) to));
                    read[partition] = to;
                }
                ends = put(task, batch, random);
            }
            task.preCommit(all).forEach((partition, offset) -> next[partition.partition()] = offset.offset());
            connect.deadLetters.forEach(record -> setAside.add((String) record.value()));
        } finally {
            task.stop();
        }
    }

    /** Says whether the task ends, with the records delivered in part. */
    private static boolean put(HttpSinkTask task, List<SinkRecord> batch, Random random) throws Exception {
        while (true) {
            try {
                task.put(batch);
                return random.nextInt(10) == 0;
            } catch (RetriableException e) {
                if (random.nextInt(5) == 0) {
                    return true;
                }
                Thread.sleep(1);
            }
        }
    }

    private static void check(
            long seed, List<List<SinkRecord>> partitions, Set<String> bad, List<JsonNode> taken, Set<String> setAside) {
        assertThat(setAside).as("seed %d", seed).isEqualTo(bad);
        Set<String> seen = new HashSet<>();
        Map<String, Long> last = new HashMap<>();
        for (JsonNode record : taken) {
            String key = record.get("key").asText();
            if (seen.add(record.get("value").asText())) {
                assertThat(record.get("offset").asLong())
                        .as("seed %d, %s", seed, key)
                        .isGreaterThan(last.getOrDefault(key, -1L));
                last.put(key, record.get("offset").asLong());
            }
        }
        Set<String> good = new HashSet<>();
        partitions.forEach(each -> each.forEach(record -> good.add((String) record.value())));
        good.removeAll(bad);
        assertThat(seen).as("seed %d", seed).isEqualTo(good);
    }
}
