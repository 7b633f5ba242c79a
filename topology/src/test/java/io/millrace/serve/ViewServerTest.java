package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of one instance, and what it answers. */
final class ViewServerTest {
    private ServedViews views;

    @BeforeEach
    void start() {
        views = new ServedViews();
    }

    @AfterEach
    void stop() {
        views.close();
    }

    @Test
    void aRowIsFoundByItsKey() throws Exception {
        views.put("thing", "7", "sea", "1.10", "0.5", "2024-05-06 07:08:09.5+00", "t", "\\x01ff");
        HttpResponse<String> row = views.get("/v1/views/thing/7");
        assertThat(row.statusCode()).isEqualTo(200);
        assertThat(row.headers().firstValue("Content-Type")).hasValue("application/json");
        assertThat(row.body())
                .isEqualTo(
                        "{\"id\":7,\"label\":\"sea\",\"amount\":1.10,\"ratio\":0.5,\"taken_at\":\"2024-05-06T07:08:09.5+00:00\","
                                + "\"flag\":true,\"raw\":\"\\\\x01ff\"}");
    }

    @Test
    void numbersKeepAllTheirDigits() throws Exception {
        String digits = "123456789012345678901234567890.00000000000000000001000";
        views.put("thing", "9223372036854775807", null, digits, "1e+300", null, null, null);
        assertThat(views.get("/v1/views/thing/9223372036854775807").body())
                .startsWith("{\"id\":9223372036854775807,\"label\":null,\"amount\":" + digits + ",\"ratio\":1e+300,");
    }

    @Test
    void whatIsNoNumberInJsonIsAString() throws Exception {
        views.put("thing", "1", null, "NaN", "NaN", null, null, null);
        views.put("thing", "2", null, "Infinity", "-Infinity", null, null, null);
        assertThat(views.get("/v1/views/thing/1").body())
                .contains("\"amount\":\"NaN\",\"ratio\":\"NaN\",\"taken_at\":null");
        assertThat(views.get("/v1/views/thing/2").body())
                .contains("\"amount\":\"Infinity\",\"ratio\":\"-Infinity\",\"taken_at\":null");
    }

    @Test
    void aRowThatTheClientHasAlreadyIsNotSentAgain() throws Exception {
        views.put("label", "sea", "1");
        String tag =
                views.get("/v1/views/label/sea").headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> again = views.get("/v1/views/label/sea", "If-None-Match", "\"other\", W/" + tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(again.headers().firstValue("ETag")).hasValue(tag);
        views.put("label", "sea", "2");
        assertThat(views.get("/v1/views/label/sea", "If-None-Match", tag).body())
                .isEqualTo("{\"label\":\"sea\",\"n\":2}");
    }

    @Test
    void rowsWhoseHashesInJavaAreEqualHaveDifferentTags() throws Exception {
        views.put("thing", "1", "Aa", null, null, null, null, null);
        String tag = views.get("/v1/views/thing/1").headers().firstValue("ETag").orElseThrow();
        views.put("thing", "1", "BB", null, null, null, null, null);
        assertThat(views.get("/v1/views/thing/1", "If-None-Match", tag).statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a/b",
                "/",
                "",
                ".",
                "..",
                "a b",
                "a+b",
                "100%",
                "%2F",
                "Zürich",
                "東京",
                "🦆",
                "changes",
                "a;b=c",
                "a?b#c",
                "\"quoted\"",
                "back\\slash",
                "tab\tnew\nline",
                "NULL",
                "|{}^`<>"
            })
    void everyTextCanBeAKey(String text) throws Exception {
        views.put("label", text, "5");
        views.put("label", "another", "6");
        JsonNode row = views.json(ViewPath.rows("label", List.of(text)).encoded());
        assertThat(row.path("label").asText()).isEqualTo(text);
        assertThat(row.path("n").asInt()).isEqualTo(5);
    }

    @Test
    void nullIsAKeyOfItsOwn() throws Exception {
        views.put("label", null, "5");
        views.put("label", "$null", "6");
        assertThat(views.get("/v1/views/label/$null").body()).isEqualTo("{\"label\":null,\"n\":5}");
        assertThat(views.get("/v1/views/label/%24null").body()).isEqualTo("{\"label\":\"$null\",\"n\":6}");
    }

    @Test
    void theBeginningOfAKeyGivesTheRowsThatBeginSo() throws Exception {
        views.put("liked", "1", "10");
        views.put("liked", "2", "7");
        views.put("liked", "2", "30");
        views.put("liked", "22", "1");
        assertThat(views.get("/v1/views/liked/2").body())
                .isEqualTo(
                        "{\"rows\":[{\"user_id\":2,\"photo_id\":7},{\"user_id\":2,\"photo_id\":30}],\"cursor\":null}");
        assertThat(views.get("/v1/views/liked/3").body()).isEqualTo("{\"rows\":[],\"cursor\":null}");
        assertThat(views.get("/v1/views/liked/2/30").body()).isEqualTo("{\"user_id\":2,\"photo_id\":30}");
    }

    @Test
    void pagesFollowEachOtherByTheCursorAndShowEachRowOnce() throws Exception {
        IntStream.range(0, 25).forEach(i -> views.put("liked", Integer.toString(i - 5), "1"));
        List<Integer> seen = new ArrayList<>();
        List<Integer> sizes = new ArrayList<>();
        String cursor = null;
        do {
            JsonNode page = views.json("/v1/views/liked?limit=10" + (cursor == null ? "" : "&cursor=" + cursor));
            page.path("rows").forEach(row -> seen.add(row.path("user_id").asInt()));
            sizes.add(page.path("rows").size());
            cursor = page.path("cursor").asText(null);
        } while (cursor != null);
        assertThat(seen).isEqualTo(IntStream.range(-5, 20).boxed().toList());
        assertThat(sizes).containsExactly(10, 10, 5);
    }

    @Test
    void aPageThatIsJustFullHasNoCursor() throws Exception {
        views.put("liked", "1", "1");
        views.put("liked", "2", "1");
        assertThat(views.json("/v1/views/liked?limit=2").path("cursor").isNull())
                .isTrue();
        assertThat(views.json("/v1/views/liked?limit=1").path("cursor").isTextual())
                .isTrue();
    }

    @Test
    void aPageHasAHundredRowsUnlessTheRequestSaysOtherwise() throws Exception {
        IntStream.range(0, 101).forEach(i -> views.put("liked", Integer.toString(i), "1"));
        assertThat(views.json("/v1/views/liked").path("rows").size()).isEqualTo(100);
        assertThat(views.json("/v1/views/liked?limit=10000").path("rows").size())
                .isEqualTo(101);
    }

    private void putThings() {
        views.put("thing", "1", "sea", "1.50", "0.5", null, null, null);
        views.put("thing", "2", "sea", null, "2", null, null, null);
        views.put("thing", "3", "sea", "1.5", null, null, null, null);
        views.put("thing", "4", "a/b", "7", "NaN", null, null, null);
        views.put("thing", "5", null, "9", "-1", null, null, null);
        views.put("thing", "6", "sea", "20", "-0", null, null, null);
    }

    private List<Integer> ids(String path) throws Exception {
        List<Integer> ids = new ArrayList<>();
        views.json(path).path("rows").forEach(row -> ids.add(row.path("id").asInt()));
        return ids;
    }

    @Test
    void rowsAreFoundByAnIndexInItsOrder() throws Exception {
        putThings();
        assertThat(ids("/v1/views/thing/sea?by=label")).containsExactly(2, 6, 1, 3);
        assertThat(ids("/v1/views/thing/a%2Fb?by=label,amount")).containsExactly(4);
        assertThat(ids("/v1/views/thing/sea/1.500?by=label,amount")).containsExactly(1, 3);
        assertThat(ids("/v1/views/thing/lake?by=label")).isEmpty();
        assertThat(ids("/v1/views/thing?by=ratio")).containsExactly(4, 2, 1, 6, 5, 3);
        assertThat(ids("/v1/views/thing/0?by=thing_by_ratio")).containsExactly(6);
        assertThat(ids("/v1/views/thing?by=label")).containsExactly(4, 2, 6, 1, 3, 5);
    }

    @Test
    void aNullIsFoundWhereItIsAskedFor() throws Exception {
        putThings();
        assertThat(ids("/v1/views/thing/$null?by=label")).containsExactly(5);
        assertThat(ids("/v1/views/thing/sea/$null?by=label,amount")).containsExactly(2);
    }

    @Test
    void boundsAreOfTheColumnAfterThePathAndLeaveNullsOut() throws Exception {
        putThings();
        assertThat(ids("/v1/views/thing/sea?by=label&from=1.5")).containsExactly(6, 1, 3);
        assertThat(ids("/v1/views/thing/sea?by=label&from=1.5&to=20")).containsExactly(1, 3);
        assertThat(ids("/v1/views/thing/sea?by=label&to=1.5")).isEmpty();
        assertThat(ids("/v1/views/thing?by=ratio&to=1")).containsExactly(1, 6, 5);
        assertThat(ids("/v1/views/thing?by=label&from=b")).containsExactly(2, 6, 1, 3);
        assertThat(ids("/v1/views/thing?from=2&to=5")).containsExactly(2, 3, 4);
        assertThat(ids("/v1/views/thing?from=5&to=2")).isEmpty();
    }

    @Test
    void pagesOfAnIndexFollowEachOther() throws Exception {
        IntStream.range(0, 25).forEach(i -> views.put("liked", Integer.toString(i), Integer.toString(i % 2)));
        List<Integer> seen = new ArrayList<>();
        String cursor = null;
        do {
            JsonNode page =
                    views.json("/v1/views/liked/1?by=photo_id&limit=5" + (cursor == null ? "" : "&cursor=" + cursor));
            page.path("rows").forEach(row -> seen.add(row.path("user_id").asInt()));
            cursor = page.path("cursor").asText(null);
        } while (cursor != null);
        assertThat(seen)
                .isEqualTo(
                        IntStream.range(0, 25).filter(i -> i % 2 == 1).boxed().toList());
    }

    @Test
    void anIndexOfRowsWithoutAKeySaysHowManyTimesTheyAreThere() throws Exception {
        views.store.put(views.view("names"), 3, MemoryViewStore.row(views.view("names"), "sea"));
        views.store.put(views.view("names"), 1, MemoryViewStore.row(views.view("names"), "lake"));
        assertThat(views.get("/v1/views/names?by=label").body())
                .isEqualTo("{\"rows\":[{\"label\":\"sea\",\"__multiplicity\":3},"
                        + "{\"label\":\"lake\",\"__multiplicity\":1}],\"cursor\":null}");
    }

    @Test
    void anIndexThatIsNotThereIsNotFoundAndThoseThatAreAreNamed() throws Exception {
        assertThat(views.problem("/v1/views/thing/1?by=amount", 404))
                .isEqualTo("view thing has no index by amount"
                        + " | there are thing_label_amount_idx (label, amount), thing_by_ratio (ratio)");
        assertThat(views.problem("/v1/views/label/1?by=n", 404))
                .isEqualTo("view label has no index by n | add it to views.sql: CREATE INDEX ON label (n)");
        assertThat(views.problem("/v1/views/thing/x?by=ratio", 400))
                .isEqualTo("index column ratio of view thing: invalid input syntax for type double precision: \"x\""
                        + " | ratio is double precision");
        assertThat(views.problem("/v1/views/thing/1/2?by=ratio", 400))
                .contains("index thing_by_ratio of view thing has 1 column, not 2", "in this order: ratio");
        assertThat(views.problem("/v1/views/thing/1?by=ratio&from=1", 400))
                .contains("it has all of index thing_by_ratio");
        assertThat(views.problem("/v1/views/liked/1/2?from=1", 400)).contains("it has all of the key");
        assertThat(views.problem("/v1/views/thing?by=ratio&to=x", 400)).contains("index column ratio");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "10001", "ten", "", "99999999999"})
    void aLimitOutOfBoundsIsRefused(String limit) throws Exception {
        assertThat(views.problem("/v1/views/liked?limit=" + limit, 400))
                .isEqualTo("limit is " + limit + " | write a whole number from 1 to 10000");
    }

    @Test
    void aCursorThatNoPageGaveIsRefused() throws Exception {
        assertThat(views.problem("/v1/views/liked?cursor=!!", 400)).contains("cursor", "begin again");
    }

    @Test
    void aRowWithoutAUniqueKeySaysHowManyTimesItIsThere() throws Exception {
        views.store.put(views.view("names"), 3, MemoryViewStore.row(views.view("names"), "sea"));
        assertThat(views.get("/v1/views/names").body())
                .isEqualTo("{\"rows\":[{\"label\":\"sea\",\"__multiplicity\":3}],\"cursor\":null}");
        assertThat(views.get("/v1/views/names/sea").body()).isEqualTo("{\"label\":\"sea\",\"__multiplicity\":3}");
    }

    @Test
    void aKeyOfAnotherTypeIsRefusedWithItsColumnAndType() throws Exception {
        assertThat(views.problem("/v1/views/liked/2/seven", 400))
                .isEqualTo("key column photo_id of view liked: invalid input syntax for type bigint: \"seven\""
                        + " | photo_id is bigint");
        assertThat(views.problem("/v1/views/thing/9223372036854775808", 400)).contains("key column id", "bigint");
        assertThat(views.problem("/v1/views/liked/2//3", 400)).contains("has 2 columns, not 3", "user_id, photo_id");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%C3", "%FF"})
    void aKeyThatIsNoTextIsRefused(String segment) throws Exception {
        assertThat(views.get("/v1/views/label/" + segment).statusCode()).isEqualTo(400);
    }

    @Test
    void whatIsNotThereIsNotFound() throws Exception {
        assertThat(views.problem("/v1/views/label/none", 404)).startsWith("view label has no row with key none");
        assertThat(views.problem("/v1/views/labels/none", 404))
                .isEqualTo("there is no view labels | there are thing, label, liked, names");
        assertThat(views.problem("/v1/views/labels", 404)).startsWith("there is no view labels");
        assertThat(views.problem("/v1/plan/labels", 404)).startsWith("there is no view labels");
        assertThat(views.problem("/v2", 404)).startsWith("there is nothing at /v2");
    }

    @Test
    void viewsAreReadOnly() throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(views.uri("/v1/views/label/sea"))
                                .DELETE()
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(405);
        assertThat(response.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    @Test
    void aPartitionThatMovesMakesReadersWait() throws Exception {
        views.put("label", "sea", "1");
        IntStream.range(0, MemoryViewStore.PARTITIONS).forEach(views.store.moving::add);
        assertThat(views.problem("/v1/views/label/sea", 503)).contains("is being moved", "ask again in a second");
        assertThat(views.problem("/v1/views/label", 503)).contains("is being moved");
        assertThat(views.json("/v1/views").path("views").get(0).path("rows").isNull())
                .isTrue();
        views.store.moving.clear();
        assertThat(views.get("/v1/views/label/sea").statusCode()).isEqualTo(200);
    }

    @Test
    void theViewsAreDescribed() throws Exception {
        views.put("liked", "1", "1");
        JsonNode liked = views.json("/v1/views").path("views").get(2);
        assertThat(liked)
                .hasToString(
                        "{\"name\":\"liked\",\"columns\":[{\"name\":\"user_id\",\"type\":\"bigint\"},"
                                + "{\"name\":\"photo_id\",\"type\":\"bigint\"}],\"key\":[\"user_id\",\"photo_id\"],"
                                + "\"multiset\":false,\"indexes\":[{\"name\":\"liked_photo_id_idx\",\"columns\":[\"photo_id\"],"
                                + "\"order\":\"photo_id\"}],\"rows\":1,\"lagRecords\":3,\"latencyMs\":{\"p50\":50,\"p99\":99}}");
    }

    @Test
    void readinessIsTheStores() throws Exception {
        assertThat(views.get("/ready").statusCode()).isEqualTo(200);
        views.store.ready = false;
        assertThat(views.get("/ready").statusCode()).isEqualTo(503);
        assertThat(views.get("/ready").body()).isEqualTo("{\"ready\":false}");
        assertThat(views.get("/health").body()).isEqualTo("{\"status\":\"up\"}");
    }

    @Test
    void plansAndMetricsAreText() throws Exception {
        assertThat(views.get("/v1/plan/label").body()).contains("label");
        assertThat(views.get("/metrics").body()).isEqualTo("a_metric 1\n");
    }
}
