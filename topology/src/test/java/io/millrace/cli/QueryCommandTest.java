package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.serve.ServedViews;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code millrace query} and {@code millrace views} against a server. */
final class QueryCommandTest {
    private ServedViews views;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void start() {
        views = new ServedViews();
        views.put("thing", "1", "sea", "1.50", null, null, null, null);
        views.put("thing", "2", "sea", "20", null, null, null, null);
        views.put("thing", "3", "lake", "3", null, null, null, null);
    }

    @AfterEach
    void stop() {
        views.close();
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--server", "http://" + views.address()));
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all.toArray(String[]::new));
    }

    private List<String> firstColumn(String... arguments) {
        List<String> all = new ArrayList<>(List.of("query", "thing", "--output", "csv"));
        all.addAll(List.of(arguments));
        assertThat(run(all.toArray(String[]::new))).as(err.toString()).isZero();
        return out.toString()
                .lines()
                .skip(1)
                .map(line -> line.substring(0, line.indexOf(',')))
                .toList();
    }

    @Test
    void rowsAreShownByAnIndex() {
        assertThat(firstColumn("--by", "label", "sea")).containsExactly("2", "1");
        assertThat(firstColumn("--by", "label,amount", "sea", "1.5")).containsExactly("1");
        assertThat(firstColumn("--by", "thing_label_amount_idx", "--prefix", "lake"))
                .containsExactly("3");
        assertThat(firstColumn("--by", "label", "--all")).containsExactly("3", "2", "1");
        assertThat(firstColumn("--by", "label", "--all", "--limit", "2")).containsExactly("3", "2");
        assertThat(firstColumn("--by", "label", "--from", "m")).containsExactly("2", "1");
        assertThat(firstColumn("--by", "label", "sea", "--to", "2")).containsExactly("1");
        assertThat(firstColumn("--from", "2", "--to", "3")).containsExactly("2");
        assertThat(run("query", "thing", "--by", "label", "lake")).isZero();
        assertThat(out.toString()).contains("lake", "(1 row)");
        assertThat(run("query", "thing", "--by", "label", "lake", "--output", "json"))
                .isZero();
        assertThat(out.toString()).startsWith("{\"id\":3,\"label\":\"lake\",");
    }

    @Test
    void mistakesSayWhatThereIs() {
        assertThat(run("query", "thing", "--by", "amount", "1")).isNotZero();
        assertThat(err.toString())
                .contains(
                        "view thing has no index by amount",
                        "thing_label_amount_idx (label, amount DESC), thing_by_ratio (ratio DESC NULLS LAST)");
        assertThat(run("query", "thing", "--by", "label")).isNotZero();
        assertThat(err.toString()).contains("which rows of thing?", "name a key (label amount)");
        assertThat(run("query", "thing", "--by", "label", "--prefix", "sea", "1"))
                .isNotZero();
        assertThat(err.toString()).contains("so it is no prefix", "at the end of label amount");
        assertThat(run("query", "thing", "--by", "label", "sea", "--follow")).isNotZero();
        assertThat(err.toString()).contains("changes are told by the key");
    }

    @Test
    void viewsAreListedWithTheirIndexes() {
        assertThat(run("views")).isZero();
        assertThat(out.toString()).contains("indexes", "(label, amount DESC), (ratio DESC NULLS LAST)");
    }
}
