package io.millrace.ops.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.Catalog;
import io.millrace.catalog.TablesFile;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.PlannedPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The benchmarks' views and workloads, without a broker. */
final class SqlViewTest {
    private static final int CHANGES = 2_000;

    @TempDir
    private Path folder;

    static List<SqlView> views() {
        return SqlView.ALL;
    }

    /** Tests run in the module's folder. */
    private static String text(Path file) throws IOException {
        return Files.readString(Path.of("..").resolve(file));
    }

    private PlannedPipeline planned(String tables, String views) throws IOException {
        Files.writeString(folder.resolve("tables.sql"), tables);
        Files.writeString(folder.resolve("views.sql"), views);
        return PlannedPipeline.readOrThrow(folder);
    }

    @ParameterizedTest
    @MethodSource("views")
    void aViewHasTheKeyThatFlinkIsTold(SqlView view) throws IOException {
        PlannedPipeline planned = planned(text(view.tablesFile()), view.withKey(text(view.viewFile())));
        PlanNode.View node = planned.plan().views().get(0);
        assertThat(node.name()).isEqualTo(SqlView.VIEW);
        assertThat(node.key().stream()
                        .map(position -> node.fields().get(position).name()))
                .containsExactlyElementsOf(view.key());
        assertThat(planned.warnings())
                .as("a key that does not follow has its cost")
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("views")
    void aWorkloadMakesTheSameRowsOfItsTablesEachTime(SqlView view) throws IOException {
        Catalog catalog = TablesFile.read(text(view.tablesFile()), "tables.sql", "bench", new ArrayList<>());
        List<String> once = changes(view, catalog);
        assertThat(once).hasSizeGreaterThanOrEqualTo(CHANGES).isEqualTo(changes(view, catalog));
        for (String table : view.reads()) {
            assertThat(once).anyMatch(change -> change.startsWith("put " + table));
        }
    }

    private static List<String> changes(SqlView view, Catalog catalog) {
        List<String> changes = new ArrayList<>();
        view.workload().get().run(CHANGES, new TableChanges() {
            @Override
            public void put(String table, Object... row) {
                assertThat(row).hasSameSizeAs(catalog.table(table).orElseThrow().columns());
                changes.add("put " + table + Arrays.toString(row));
            }

            @Override
            public void delete(String table, Object... key) {
                assertThat(key).hasSameSizeAs(catalog.table(table).orElseThrow().primaryKey());
                changes.add("delete " + table + Arrays.toString(key));
            }
        });
        return changes;
    }

    @Test
    void theViewsThatGrowInNumberShareTheirJoin() throws IOException {
        PlannedPipeline planned = planned(text(GrowthBench.tablesFile()), GrowthBench.view(1) + GrowthBench.view(2));
        assertThat(planned.plan().views()).hasSize(2);
        assertThat(planned.plan().nodes().stream().filter(node -> node instanceof PlanNode.Join))
                .hasSize(1);
    }
}
