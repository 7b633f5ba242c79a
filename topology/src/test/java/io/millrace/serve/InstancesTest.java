package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two instances, each with half of the partitions: whichever is asked, the answer is the whole. */
final class InstancesTest {
    private static final int ROWS = 60;

    private ServedViews first;
    private ServedViews second;

    @BeforeEach
    void start() {
        first = new ServedViews();
        second = new ServedViews();
        for (int i = 0; i < MemoryViewStore.PARTITIONS; i++) {
            if (i % 2 == 0) {
                second.store.elsewhere.put(i, first.address());
            } else {
                first.store.elsewhere.put(i, second.address());
            }
        }
        for (int i = 0; i < ROWS; i++) {
            first.put("label", "key/" + i, Integer.toString(i));
            second.put("label", "key/" + i, Integer.toString(i));
        }
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
    }

    private List<ServedViews> both() {
        return List.of(first, second);
    }

    private static String path(int i) {
        return "/v1/views/label/key%2F" + i;
    }

    @Test
    void eachKeyIsFoundAtBothThoughOneHoldsIt() throws Exception {
        Set<Long> held = new TreeSet<>();
        both().forEach(each -> held.add(each.store.rows(each.view("label"))));
        assertThat(held).doesNotContain(0L, (long) ROWS);
        for (int i = 0; i < ROWS; i++) {
            HttpResponse<String> one = first.get(path(i));
            HttpResponse<String> other = second.get(path(i));
            assertThat(one.body()).isEqualTo("{\"label\":\"key/" + i + "\",\"n\":" + i + "}");
            assertThat(other.body()).isEqualTo(one.body());
            String tag = one.headers().firstValue("ETag").orElseThrow();
            assertThat(other.headers().firstValue("ETag")).hasValue(tag);
            assertThat(second.get(path(i), "If-None-Match", tag).statusCode()).isEqualTo(304);
            assertThat(first.get(path(i), "If-None-Match", tag).statusCode()).isEqualTo(304);
        }
    }

    @Test
    void aKeyThatNoneHasIsNotFoundByBoth() throws Exception {
        for (int i = ROWS; i < ROWS + 8; i++) {
            assertThat(first.problem(path(i), 404)).contains("no row with key key/" + i);
            assertThat(second.problem(path(i), 404)).contains("no row with key key/" + i);
        }
    }

    @Test
    void pagesAreMergedInTheOrderOfTheKey() throws Exception {
        for (int limit : new int[] {1, 7, 59, 60, 61}) {
            for (ServedViews asked : both()) {
                List<String> seen = new ArrayList<>();
                String cursor = null;
                do {
                    String query = "?limit=" + limit + (cursor == null ? "" : "&cursor=" + cursor);
                    JsonNode page = asked.json("/v1/views/label" + query);
                    page.path("rows").forEach(row -> seen.add(row.path("label").asText()));
                    assertThat(page.path("rows").size()).isLessThanOrEqualTo(limit);
                    cursor = page.path("cursor").asText(null);
                } while (cursor != null);
                assertThat(seen).hasSize(ROWS).doesNotHaveDuplicates().isSorted();
            }
        }
    }

    @Test
    void pagesOfAnIndexAreMergedInItsOrder() throws Exception {
        for (int i = 0; i < ROWS; i++) {
            String[] row = {Integer.toString(i), i % 3 == 0 ? "a&b=c" : "x", Integer.toString(i), null, null, null, null
            };
            first.put("thing", row);
            second.put("thing", row);
        }
        assertThat(first.json("/v1/views/thing?limit=1").path("rows")).hasSize(1);
        for (ServedViews asked : both()) {
            List<Integer> seen = new ArrayList<>();
            String cursor = null;
            do {
                String query = "?by=label&from=10&to=50&limit=4" + (cursor == null ? "" : "&cursor=" + cursor);
                JsonNode page = asked.json("/v1/views/thing/a%26b%3Dc" + query);
                page.path("rows").forEach(each -> seen.add(each.path("id").asInt()));
                cursor = page.path("cursor").asText(null);
            } while (cursor != null);
            assertThat(seen).containsExactly(48, 45, 42, 39, 36, 33, 30, 27, 24, 21, 18, 15, 12);
        }
    }

    @Test
    void thereIsNoHalfOfAPageWhenOneIsGone() throws Exception {
        String gone = second.address();
        second.close();
        assertThat(first.problem("/v1/views/label", 503)).contains(gone, "does not answer");
        int found = 0;
        for (int i = 0; i < ROWS; i++) {
            int status = first.get(path(i)).statusCode();
            assertThat(status).isIn(200, 503);
            found += status == 200 ? 1 : 0;
        }
        assertThat(found).isEqualTo((int) first.store.rows(first.view("label")));
        assertThat(first.json("/v1/views").path("views").get(1).path("rows").isNull())
                .isTrue();
    }

    @Test
    void aPartitionThatMovesAtTheOtherIsNotLeftOut() throws Exception {
        second.store.moving.add(1);
        assertThat(first.problem("/v1/views/label", 503)).contains("partition 1 is being moved");
    }

    @Test
    void twoThatHoldEachOtherForTheOwnerDoNotGoRoundInCircles() throws Exception {
        for (int i = 0; i < MemoryViewStore.PARTITIONS; i++) {
            first.store.elsewhere.put(i, second.address());
            second.store.elsewhere.put(i, first.address());
        }
        first.problem(path(1), 503);
        first.problem("/v1/views/label", 503);
    }

    @Test
    void rowsAreCountedOverAllInstances() throws Exception {
        for (ServedViews asked : both()) {
            assertThat(asked.json("/v1/views").path("views").get(1).path("rows").asInt())
                    .isEqualTo(ROWS);
        }
    }
}
