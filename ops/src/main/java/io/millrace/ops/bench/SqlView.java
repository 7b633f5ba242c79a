package io.millrace.ops.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * A view that is measured: the same SQL text for Millrace, Flink and PostgreSQL.
 *
 * @param name what the command line calls it
 * @param schema the folder of its tables
 * @param file its text in that folder
 * @param reads the tables that it reads
 * @param key its key
 * @param joinsAlone whether it has no operator behind its joins that could put a row's changes into another order
 * @param workload makes the changes of its tables
 */
record SqlView(
        String name,
        String schema,
        String file,
        List<String> reads,
        List<String> key,
        boolean joinsAlone,
        Supplier<Workload> workload) {
    /** The name of each in its text. */
    static final String VIEW = "bench_view";

    /** All of them. */
    static final List<SqlView> ALL = List.of(
            nexmark("q3", "id", true, () -> new NexmarkWorkload(1, 4, 0), "person", "auction"),
            nexmark("q4", "category", false, () -> new NexmarkWorkload(0, 3, 46), "auction", "bid"),
            nexmark("q18", "bidder,auction", false, () -> new NexmarkWorkload(0, 0, 1), "bid"),
            nexmark("q20", "id", true, () -> new NexmarkWorkload(0, 3, 46), "auction", "bid"),
            tpch("3", "l_orderkey", "customer", "orders", "lineitem"),
            tpch("5", "n_name", "customer", "orders", "lineitem", "supplier", "nation", "region"),
            tpch("10", "c_custkey", "customer", "orders", "lineitem", "nation"));

    private static SqlView nexmark(
            String name, String key, boolean joinsAlone, Supplier<Workload> workload, String... reads) {
        return new SqlView(
                name, "nexmark", name + ".sql", List.of(reads), List.of(key.split(",")), joinsAlone, workload);
    }

    private static SqlView tpch(String number, String key, String... reads) {
        return new SqlView(
                "tpch" + number,
                "tpch",
                "q" + number + ".sql",
                List.of(reads),
                List.of(key.split(",")),
                false,
                TpchWorkload::new);
    }

    /** The views of those names, with commas between. */
    static List<SqlView> named(String names) {
        return Arrays.stream(names.split(","))
                .map(name -> ALL.stream()
                        .filter(view -> view.name.equals(name))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("no view " + name + "; there are "
                                + ALL.stream().map(SqlView::name).collect(Collectors.joining(", ")))))
                .toList();
    }

    /** The text of its tables. */
    Path tablesFile() {
        return folder().resolve("tables.sql");
    }

    /** Its own text. */
    Path viewFile() {
        return folder().resolve(file);
    }

    /** A text of the view with its key declared, as Flink is told it for the topic that the view goes to. */
    String withKey(String text) {
        return text.replace(
                "CREATE VIEW " + VIEW + " AS",
                "CREATE VIEW " + VIEW + " (PRIMARY KEY (" + String.join(", ", key) + ")) AS");
    }

    private Path folder() {
        return BenchProcess.home().resolve("ops/bench/sql").resolve(schema);
    }
}
