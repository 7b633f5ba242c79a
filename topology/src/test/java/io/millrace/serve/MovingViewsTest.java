package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.TablesFile;
import io.millrace.catalog.UserError;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.sql.ViewsFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a reader gets while a view's partition is moved or restored. */
final class MovingViewsTest {
    /** A store whose partitions are all on their way. */
    private static final class Moving implements ViewStore {
        @Override
        public boolean ready() {
            return false;
        }

        @Override
        public Optional<WeightedRow> get(PlanNode.View view, Row key) {
            throw new NotReady("view " + view.name() + " is being moved", null);
        }

        @Override
        public List<Entry> scan(PlanNode.View view, Object[] prefix, byte[] after, int limit) {
            throw new NotReady("view " + view.name() + " is being moved", null);
        }

        @Override
        public long rows(PlanNode.View view) {
            return 0;
        }

        @Override
        public double latencyMs(PlanNode.View view, double quantile) {
            return 0;
        }

        @Override
        public long lagRecords(PlanNode.View view) {
            return -1;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/views/names", "/v1/views/names/1"})
    void aReaderIsAskedToComeBackAndGetsNoRows(String path) throws Exception {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        assertThat(answer.body()).contains("view names is being moved").doesNotContain("rows");
    }

    @Test
    void theServerSaysThatItIsNotReady() throws Exception {
        assertThat(get("/ready").statusCode()).isEqualTo(503);
    }

    private static HttpResponse<String> get(String path) throws Exception {
        try (ViewServer server = ViewServer.start(plan(), new Moving(), "127.0.0.1", 0, () -> "")) {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
        }
    }

    private static Plan plan() {
        List<UserError> errors = new ArrayList<>();
        var catalog = TablesFile.read("CREATE TABLE t (id integer PRIMARY KEY, name text);", "t.sql", "d", errors);
        var views = ViewsFile.read("CREATE VIEW names AS SELECT id, name FROM t;", "v.sql", catalog, errors);
        assertThat(errors).isEmpty();
        return Planner.plan(views);
    }
}
