package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.plan.KeyOrigin;
import io.millrace.plan.PlanNode;
import io.millrace.schemas.DeadLetterHeaders;
import io.millrace.schemas.ReplayHeaders;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.TopologyDescription;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopologyBuilderTest {
    private static final String TABLES = """
            CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
            CREATE TABLE photos (id bigint PRIMARY KEY, user_id bigint NOT NULL, caption text);
            CREATE TABLE clicks (photo_id bigint, weight integer) WITH (topic = 'clicks', format = 'json');
            """;
    private static final String CARD =
            "CREATE VIEW card AS SELECT p.id, p.caption, u.name FROM photos p JOIN users u ON u.id = p.user_id;\n";
    private static final String COUNTS =
            "CREATE VIEW counts AS SELECT user_id, count(*) AS photos FROM photos GROUP BY user_id;\n";

    @TempDir
    Path state;

    @Test
    void aJoinFollowsChangesOfBothSides() {
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, CARD)) {
            pipeline.put("users", 1L, "Ada");
            pipeline.put("photos", 10L, 1L, "sea");
            pipeline.put("photos", 11L, 2L, null);
            assertThat(pipeline.rows("card")).containsExactly("{\"id\":10,\"caption\":\"sea\",\"name\":\"Ada\"}");
            pipeline.put("users", 2L, "Bob");
            pipeline.put("users", 1L, "Ada L.");
            assertThat(pipeline.rows("card"))
                    .containsExactly(
                            "{\"id\":10,\"caption\":\"sea\",\"name\":\"Ada L.\"}",
                            "{\"id\":11,\"caption\":null,\"name\":\"Bob\"}");
            pipeline.delete("photos", 10L);
            pipeline.put("photos", 11L, 1L, "moved");
            assertThat(pipeline.rows("card")).containsExactly("{\"id\":11,\"caption\":\"moved\",\"name\":\"Ada L.\"}");
            assertThat(pipeline.progress.rows("card")).isEqualTo(1);
        }
    }

    @Test
    void aChangeOfNoColumnThatIsJoinedByPassesNoExchange() {
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, CARD)) {
            pipeline.put("users", 1L, "Ada");
            pipeline.put("users", 2L, "Bob");
            pipeline.put("photos", 10L, 1L, "sea");
            assertThat(pipeline.exchanged()).isEqualTo(2);
            pipeline.put("photos", 10L, 1L, "lake");
            assertThat(pipeline.exchanged()).isZero();
            assertThat(pipeline.rows("card")).containsExactly("{\"id\":10,\"caption\":\"lake\",\"name\":\"Ada\"}");
            pipeline.put("photos", 10L, 2L, "lake");
            assertThat(pipeline.exchanged()).isPositive();
            assertThat(pipeline.rows("card")).containsExactly("{\"id\":10,\"caption\":\"lake\",\"name\":\"Bob\"}");
        }
    }

    @Test
    void whatNeedsNoChangeIsThereFromTheStartAndNotAgainAfterARestart() {
        String views = """
                CREATE VIEW total AS SELECT count(*) AS photos, max(id) AS last FROM photos;
                CREATE VIEW busy AS SELECT count(*) AS photos FROM photos HAVING count(*) > 0;
                CREATE VIEW never AS SELECT id FROM photos WHERE id IS NULL;
                CREATE VIEW kinds (id, name) AS VALUES (1, 'sea'), (2, 'lake');
                """;
        try (PipelineDriver first = PipelineDriver.inMemory(state.resolve("first"), TABLES, views)) {
            first.start();
            assertThat(first.rows("total")).containsExactly("{\"photos\":0,\"last\":null}");
            assertThat(first.rows("busy")).isEmpty();
            assertThat(first.rows("never")).isEmpty();
            assertThat(first.rows("kinds"))
                    .containsExactly("{\"id\":1,\"name\":\"sea\"}", "{\"id\":2,\"name\":\"lake\"}");
            assertThat(first.changes("kinds")).hasSize(2);
            try (PipelineDriver second = PipelineDriver.inMemory(state.resolve("second"), TABLES, views)) {
                second.restoreFrom(first);
                second.start();
                assertThat(second.changes("kinds")).isEmpty();
                assertThat(second.changes("total")).isEmpty();
                second.put("photos", 10L, 1L, "sea");
                assertThat(second.rows("total")).containsExactly("{\"photos\":1,\"last\":10}");
                assertThat(second.rows("busy")).containsExactly("{\"photos\":1}");
            }
        }
    }

    @Test
    void aRowThatIsInTwoShardsCountsTwiceInWhatIsJoinedToIt() {
        String likes = "CREATE VIEW named AS SELECT u.name, count(*) AS photos FROM photos p JOIN users u"
                + " ON u.id = p.user_id GROUP BY u.name;";
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, CARD + likes)) {
            pipeline.put("users", 1L, "Ada");
            pipeline.putAt(50, "photos", "s1", 10L, 1L, "sea");
            pipeline.putAt(51, "photos", "s2", 10L, 1L, "sea");
            assertThat(pipeline.rows("named")).containsExactly("{\"name\":\"Ada\",\"photos\":2}");
            assertThat(pipeline.rows("card")).containsExactly("{\"id\":10,\"caption\":\"sea\",\"name\":\"Ada\"}");
        }
    }

    @Test
    void theViewsTopicGetsEachChangeAndATombstoneAfterADeletion() {
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, CARD)) {
            pipeline.put("users", 1L, "Ada");
            pipeline.put("photos", 10L, 1L, "sea");
            pipeline.put("photos", 10L, 1L, "lake");
            pipeline.delete("photos", 10L);
            assertThat(pipeline.changes("card"))
                    .containsExactly(
                            "c {\"id\": 10} {\"id\": 10, \"caption\": \"sea\", \"name\": \"Ada\"}",
                            "u {\"id\": 10} {\"id\": 10, \"caption\": \"lake\", \"name\": \"Ada\"}",
                            "d {\"id\": 10} null",
                            "tombstone {\"id\": 10}");
        }
    }

    @Test
    void recordsCarryTheCommitTimeOfTheirOrigin() {
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, CARD)) {
            pipeline.putAt(77, "users", "s1", 1L, "Ada");
            pipeline.putAt(99, "photos", "s1", 10L, 1L, "sea");
            List<TestRecord<byte[], byte[]>> records = pipeline.read("test.card");
            assertThat(records).singleElement().satisfies(record -> assertThat(record.timestamp())
                    .isEqualTo(99_000));
        }
    }

    @Test
    void aChangeThatWasSeenBeforeIsDroppedAndCounted() {
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, COUNTS)) {
            pipeline.putAt(5, "photos", "s1", 10L, 1L, "a");
            pipeline.putAt(5, "photos", "s1", 10L, 1L, "a");
            assertThat(pipeline.rows("counts")).containsExactly("{\"user_id\":1,\"photos\":1}");
            assertThat(pipeline.meters
                            .counter("millrace.duplicates", "table", "photos")
                            .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void anUnreadableRecordGoesToTheTablesDeadLettersAsItCame() {
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, COUNTS)) {
            byte[] key = {1, 2};
            byte[] value = "not a change".getBytes(StandardCharsets.UTF_8);
            pipeline.send("photos", key, value);
            pipeline.put("photos", 10L, 1L, "a");
            assertThat(pipeline.rows("counts")).hasSize(1);
            TestRecord<byte[], byte[]> dead = pipeline.read("test.photos.dlq").get(0);
            assertThat(dead.key()).isEqualTo(key);
            assertThat(dead.value()).isEqualTo(value);
            assertThat(PipelineDriver.text(dead.headers()))
                    .containsEntry(DeadLetterHeaders.TOPIC, "test.photos")
                    .containsEntry(DeadLetterHeaders.PARTITION, "0")
                    .containsEntry(DeadLetterHeaders.OFFSET, "0")
                    .containsEntry(DeadLetterHeaders.REASON, "malformed")
                    .containsEntry(DeadLetterHeaders.APPLICATION, "test")
                    .containsEntry(DeadLetterHeaders.ATTEMPTS, "1")
                    .containsKeys(DeadLetterHeaders.FIRST_TIMESTAMP)
                    .containsKeys(DeadLetterHeaders.MESSAGE, DeadLetterHeaders.EXCEPTION, DeadLetterHeaders.TIMESTAMP);
            assertThat(pipeline.meters
                            .counter("millrace.dead.letters", "topic", "test.photos.dlq", "reason", "malformed")
                            .count())
                    .isEqualTo(1);
        }
    }

    @Test
    void aRecordThatWasSentAgainAndFailsAgainSaysSo() {
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, COUNTS)) {
            RecordHeaders headers = new RecordHeaders();
            headers.add(ReplayHeaders.ATTEMPT, "2".getBytes(StandardCharsets.UTF_8));
            headers.add(ReplayHeaders.FIRST_TIMESTAMP, "77".getBytes(StandardCharsets.UTF_8));
            headers.add(ReplayHeaders.OFFSET, "5".getBytes(StandardCharsets.UTF_8));
            pipeline.send("photos", new byte[] {1}, new byte[] {2}, headers);
            assertThat(PipelineDriver.text(
                            pipeline.read("test.photos.dlq").get(0).headers()))
                    .containsEntry(DeadLetterHeaders.ATTEMPTS, "3")
                    .containsEntry(DeadLetterHeaders.FIRST_TIMESTAMP, "77")
                    .containsEntry(ReplayHeaders.OFFSET, "5");
        }
    }

    @Test
    void aChangeThatIsSentAgainBehindALaterOneChangesNothing() {
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, COUNTS)) {
            pipeline.putAt(7, "photos", "s1", 10L, 1L, "later");
            RecordHeaders headers = new RecordHeaders();
            headers.add(ReplayHeaders.OFFSET, "0".getBytes(StandardCharsets.UTF_8));
            ChangeEventRecords photos = pipeline.records("photos");
            pipeline.send("photos", photos.key("s1", 10L), photos.put(6, 10L, 2L, "earlier"), headers);
            assertThat(pipeline.rows("counts")).containsExactly("{\"user_id\":1,\"photos\":1}");
        }
    }

    @Test
    void anEventThatWasSentAgainForAnotherApplicationIsNoRow() {
        String views = "CREATE VIEW clicked AS SELECT photo_id, count(*) AS n FROM clicks GROUP BY photo_id;";
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, views)) {
            byte[] click = "{\"photo_id\":1}".getBytes(StandardCharsets.UTF_8);
            for (String application : List.of("test", "another")) {
                RecordHeaders headers = new RecordHeaders();
                headers.add(ReplayHeaders.APPLICATION, application.getBytes(StandardCharsets.UTF_8));
                pipeline.send("clicks", null, click, headers);
            }
            assertThat(pipeline.rows("clicked")).containsExactly("{\"photo_id\":1,\"n\":1}");
        }
    }

    @Test
    void aRowThatFailsAnExpressionGoesToTheViewsDeadLettersUntilAChangeMendsIt() {
        String views = "CREATE VIEW shares AS SELECT id, 100 / user_id AS share FROM photos;";
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, views)) {
            pipeline.put("photos", 10L, 0L, "broken");
            pipeline.put("photos", 11L, 50L, "fine");
            assertThat(pipeline.rows("shares")).containsExactly("{\"id\":11,\"share\":2}");
            TestRecord<byte[], byte[]> dead = pipeline.read("test.shares.dlq").get(0);
            assertThat(new String(dead.value(), StandardCharsets.UTF_8)).contains("\"id\":10", "\"user_id\":0");
            assertThat(PipelineDriver.text(dead.headers()))
                    .containsEntry(DeadLetterHeaders.VIEW, "shares")
                    .containsEntry(DeadLetterHeaders.SQLSTATE, "22012")
                    .containsEntry(DeadLetterHeaders.SHARD, "s1")
                    .containsEntry(DeadLetterHeaders.POSITION, "1")
                    .containsEntry(DeadLetterHeaders.REASON, "expression_failed")
                    .containsEntry(DeadLetterHeaders.MESSAGE, "division by zero");
            pipeline.put("photos", 10L, 25L, "mended");
            assertThat(pipeline.rows("shares")).containsExactly("{\"id\":10,\"share\":4}", "{\"id\":11,\"share\":2}");
        }
    }

    @Test
    void anIndexFollowsWhatItsViewShows() {
        String views = CARD + "CREATE INDEX ON card (name DESC);\n" + "CREATE INDEX ON card (id);\n" + """
                CREATE VIEW captions AS SELECT caption FROM photos;
                CREATE INDEX ON captions (caption DESC);
                """;
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, views)) {
            pipeline.put("users", 1L, "Ada");
            pipeline.put("users", 2L, "Bob");
            pipeline.put("photos", 10L, 1L, "sea");
            pipeline.put("photos", 11L, 2L, "lake");
            pipeline.put("photos", 12L, 1L, "sea");
            assertThat(pipeline.rows("card", 0))
                    .containsExactly(
                            "{\"id\":11,\"caption\":\"lake\",\"name\":\"Bob\"}",
                            "{\"id\":10,\"caption\":\"sea\",\"name\":\"Ada\"}",
                            "{\"id\":12,\"caption\":\"sea\",\"name\":\"Ada\"}");
            assertThat(pipeline.rows("captions", 0))
                    .containsExactly("{\"caption\":\"sea\"}", "{\"caption\":\"sea\"}", "{\"caption\":\"lake\"}");
            pipeline.put("users", 1L, "Zoe");
            pipeline.delete("photos", 12L);
            pipeline.put("photos", 11L, 2L, "sea");
            assertThat(pipeline.rows("card", 0))
                    .containsExactly(
                            "{\"id\":10,\"caption\":\"sea\",\"name\":\"Zoe\"}",
                            "{\"id\":11,\"caption\":\"sea\",\"name\":\"Bob\"}");
            assertThat(pipeline.rows("card", 1)).isEqualTo(pipeline.rows("card"));
            assertThat(pipeline.rows("captions", 0)).containsExactly("{\"caption\":\"sea\"}", "{\"caption\":\"sea\"}");
        }
    }

    @Test
    void anIndexThatLiesWithItsViewNeedsNoExchangeAndOneThatChangesNothingNoRecord() {
        String together = COUNTS + "CREATE INDEX ON counts (photos, user_id);";
        try (PipelineDriver pipeline = new PipelineDriver(state.resolve("a"), TABLES, together)) {
            pipeline.put("photos", 10L, 1L, "sea");
            pipeline.put("photos", 11L, 1L, "sea");
            assertThat(pipeline.exchanged()).isEqualTo(2);
            assertThat(pipeline.rows("counts", 0)).containsExactly("{\"user_id\":1,\"photos\":2}");
        }
        String apart = COUNTS + "CREATE INDEX ON counts (photos);";
        try (PipelineDriver pipeline = new PipelineDriver(state.resolve("b"), TABLES, apart)) {
            pipeline.put("photos", 10L, 1L, "sea");
            assertThat(pipeline.exchanged()).isEqualTo(2);
            pipeline.put("photos", 10L, 1L, "lake");
            assertThat(pipeline.exchanged()).isZero();
        }
    }

    @Test
    void aRenamedIndexKeepsItsStateAndItsViewKeepsItsOwn() {
        String one = CARD + "CREATE INDEX one ON card (name);";
        String other = CARD + "CREATE INDEX other ON card (name);";
        try (PipelineDriver without = new PipelineDriver(state.resolve("a"), TABLES, CARD);
                PipelineDriver before = new PipelineDriver(state.resolve("b"), TABLES, one);
                PipelineDriver after = new PipelineDriver(state.resolve("c"), TABLES, other)) {
            assertThat(stores(before)).isEqualTo(stores(after)).containsAll(stores(without));
            assertThat(stores(before)).hasSize(stores(without).size() + 1);
        }
    }

    @Test
    void rowsThatBreakADeclaredKeyGoToTheDeadLettersOnceTheyStayAndNoneIsShownWrong() {
        String views = """
                CREATE VIEW captioned (PRIMARY KEY (caption)) AS SELECT caption, id FROM photos;
                CREATE INDEX ON captioned (id);
                """;
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, views)) {
            pipeline.put("photos", 10L, 1L, "sea");
            pipeline.put("photos", 12L, 1L, "sea");
            pipeline.put("photos", 11L, 1L, null);
            pipeline.put("photos", 13L, 1L, "lake");
            pipeline.delete("photos", 13L);
            String shown = "{\"caption\":\"sea\",\"id\":10}";
            assertThat(pipeline.rows("captioned")).containsExactly(shown);
            assertThat(pipeline.rows("captioned", 0)).containsExactly(shown);
            pipeline.pass(Duration.ofSeconds(5));
            assertThat(pipeline.read("test.captioned.dlq")).isEmpty();
            pipeline.pass(Duration.ofSeconds(5));
            List<TestRecord<byte[], byte[]>> dead = pipeline.read("test.captioned.dlq");
            assertThat(dead.stream().map(each -> new String(each.value(), StandardCharsets.UTF_8)))
                    .containsExactlyInAnyOrder("{\"caption\":\"sea\",\"id\":12}", "{\"caption\":null,\"id\":11}");
            Map<String, String> headers = dead.stream()
                    .map(each -> PipelineDriver.text(each.headers()))
                    .filter(each -> each.get(DeadLetterHeaders.SQLSTATE).equals("23505"))
                    .findFirst()
                    .orElseThrow();
            assertThat(headers)
                    .containsEntry(DeadLetterHeaders.VIEW, "captioned")
                    .containsEntry(DeadLetterHeaders.REASON, "key_broken")
                    .containsEntry(
                            DeadLetterHeaders.MESSAGE,
                            "duplicate key value violates the primary key of view \"captioned\": key (caption)=(sea)"
                                    + " shows another row");
            assertThat(pipeline.meters
                            .counter("millrace.dead.letters", "topic", "test.captioned.dlq", "reason", "key_broken")
                            .count())
                    .isEqualTo(2);
            pipeline.pass(Duration.ofSeconds(60));
            assertThat(pipeline.read("test.captioned.dlq")).isEmpty();
            pipeline.delete("photos", 10L);
            pipeline.put("photos", 11L, 1L, "lake");
            assertThat(pipeline.rows("captioned"))
                    .containsExactly("{\"caption\":\"lake\",\"id\":11}", "{\"caption\":\"sea\",\"id\":12}");
            assertThat(pipeline.rows("captioned", 0))
                    .containsExactly("{\"caption\":\"lake\",\"id\":11}", "{\"caption\":\"sea\",\"id\":12}");
            pipeline.pass(Duration.ofSeconds(60));
            assertThat(pipeline.read("test.captioned.dlq")).isEmpty();
        }
    }

    @Test
    void aDeclaredKeyThatFollowsFromTheTablesNeedsNoWatch() {
        String views = CARD.replace("card AS", "card (PRIMARY KEY (id)) AS")
                + "CREATE VIEW other (caption, PRIMARY KEY (caption, id)) AS SELECT caption, id FROM photos;"
                + "CREATE VIEW left_out (PRIMARY KEY (id)) AS SELECT u.id FROM photos p LEFT JOIN users u ON u.id = p.id;";
        try (PipelineDriver declared = new PipelineDriver(state.resolve("a"), TABLES, views);
                PipelineDriver plain = new PipelineDriver(state.resolve("b"), TABLES, CARD)) {
            assertThat(declared.view("card").keyOrigin()).isEqualTo(KeyOrigin.PROVEN);
            assertThat(stores(declared)).containsAll(stores(plain));
            // caption and id tell rows apart, but a caption may be NULL; so may the id of a user who is not there.
            assertThat(declared.view("other").keyOrigin()).isEqualTo(KeyOrigin.DECLARED);
            assertThat(declared.view("other").key()).containsExactly(0, 1);
            assertThat(declared.view("left_out").keyOrigin()).isEqualTo(KeyOrigin.DECLARED);
        }
    }

    @Test
    void eventsJoinTablesAndCarryTheirTopicPartitionAndOffset() {
        String views = """
                CREATE VIEW clicked AS SELECT p.id, p.caption, sum(c.weight) AS weight
                  FROM clicks c JOIN photos p ON p.id = c.photo_id GROUP BY p.id, p.caption;
                """;
        try (PipelineDriver pipeline = new PipelineDriver(state, TABLES, views)) {
            pipeline.put("photos", 10L, 1L, "sea");
            pipeline.send("clicks", null, "{\"photo_id\":10,\"weight\":2}".getBytes(StandardCharsets.UTF_8));
            pipeline.send("clicks", null, "{\"photo_id\":10,\"weight\":3}".getBytes(StandardCharsets.UTF_8));
            pipeline.send("clicks", null, "{\"photo_id\":\"x\"}".getBytes(StandardCharsets.UTF_8));
            assertThat(pipeline.rows("clicked")).containsExactly("{\"id\":10,\"caption\":\"sea\",\"weight\":5}");
            assertThat(pipeline.read("clicks.dlq")).hasSize(1);
            assertThat(pipeline.changes("clicked")).last().asString().startsWith("u {\"id\": 10");
        }
    }

    @Test
    void keysThatSqlHoldsEqualButAvroDoesNotAreReplacedByATombstone() {
        String tables = "CREATE TABLE t (id bigint PRIMARY KEY, n numeric);";
        String views = "CREATE VIEW latest AS SELECT n, count(*) AS c FROM t GROUP BY n;";
        try (PipelineDriver pipeline = new PipelineDriver(state, tables, views)) {
            pipeline.put("t", 1L, "1.0");
            pipeline.put("t", 2L, "1.00");
            pipeline.delete("t", 1L);
            List<String> changes = pipeline.changes("latest");
            // Whatever form of the key is shown, a compacted topic ends with one of them.
            Map<String, String> compacted = new java.util.TreeMap<>();
            for (String change : changes) {
                String key = change.substring(change.indexOf('{'), change.indexOf('}') + 1);
                compacted.put(key, change.substring(0, change.indexOf(' ')));
            }
            compacted.values().removeIf("tombstone"::equals);
            assertThat(compacted).hasSize(1);
        }
    }

    @Test
    void anUnchangedViewKeepsItsStoresAndTopicsWhenAnotherIsAdded() {
        try (PipelineDriver alone = new PipelineDriver(state.resolve("a"), TABLES, CARD);
                PipelineDriver both = new PipelineDriver(state.resolve("b"), TABLES, COUNTS + CARD)) {
            assertThat(stores(both)).containsAll(stores(alone));
            assertThat(topics(both)).containsAll(topics(alone));
            PlanNode.View card = alone.view("card");
            assertThat(both.plan.name(both.view("card"))).isEqualTo(alone.plan.name(card));
        }
    }

    private static Set<String> stores(PipelineDriver pipeline) {
        return pipeline.topology.describe().subtopologies().stream()
                .flatMap(sub -> sub.nodes().stream())
                .filter(TopologyDescription.Processor.class::isInstance)
                .flatMap(node -> ((TopologyDescription.Processor) node).stores().stream())
                .collect(Collectors.toSet());
    }

    private static Set<String> topics(PipelineDriver pipeline) {
        return pipeline.topology.describe().subtopologies().stream()
                .flatMap(sub -> sub.nodes().stream())
                .filter(TopologyDescription.Sink.class::isInstance)
                .map(node -> ((TopologyDescription.Sink) node).topic())
                .filter(java.util.Objects::nonNull)
                .collect(Collectors.toSet());
    }
}
