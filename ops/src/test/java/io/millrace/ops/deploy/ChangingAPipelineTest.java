package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.UserError;
import io.millrace.cli.Millrace;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.serve.PipelineServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a deployment of a changed folder does, on a broker: to views, to their readers, and to their state. */
final class ChangingAPipelineTest {
    private static final long SEED = Long.getLong("millrace.seed", System.nanoTime());
    private static final String KEPT = "CREATE VIEW kept AS SELECT shop, count(*) AS n FROM sales GROUP BY shop;\n";
    private static final String OLD =
            "CREATE VIEW changed AS SELECT shop, sum(pieces) AS n FROM sales GROUP BY shop;\n";
    private static final String NEW =
            "CREATE VIEW changed AS SELECT shop, sum(pieces) AS n FROM sales" + " WHERE article >= 10 GROUP BY shop;\n";
    private static final String ADDED =
            "CREATE VIEW added AS SELECT shop, sum(pieces) AS n FROM sales WHERE article >= 20 GROUP BY shop;\n";

    @TempDir
    private Path directory;

    private ShopPipeline shops;

    @BeforeEach
    void start() throws Exception {
        shops = new ShopPipeline(directory, SEED);
    }

    @AfterEach
    void stop() {
        shops.close();
    }

    @Test
    void unchangedViewsKeepTheirStateAndOthersAreBuiltAndSwitched() throws Exception {
        shops.sell(3_000);
        Set<String> keptTopics;
        Set<String> changedTopics;
        try (PipelineServer server = shops.start(shops.write("one", ShopPipeline.TABLES, KEPT + OLD))) {
            assertThat(server.isReadyWithin(Duration.ZERO)).isFalse();
            assertThat(server.progress()).isNotEmpty();
            server.awaitReady(ShopPipeline.PATIENCE);
            shops.awaitRows(server, "kept", shops.countByShop());
            shops.awaitRows(server, "changed", shops.piecesByShop(0));
            keptTopics = internalTopicsOf("kept");
            changedTopics = shops.topics("shops-");
            changedTopics.removeAll(keptTopics);
            changedTopics.remove("shops-deployments");
        }
        assertThat(keptTopics).hasSize(3);
        assertThat(changedTopics).hasSize(3);
        Map<String, String> stands = new TreeMap<>(Map.of("shops.kept", stand("shops.kept")));
        keptTopics.stream()
                .filter(topic -> topic.endsWith("-changelog"))
                .forEach(topic -> stands.put(topic, stand(topic)));

        Path folder = shops.write("one", ShopPipeline.TABLES, ADDED + NEW + KEPT);
        assertThat(plan(folder).lines().map(String::strip))
                .contains(
                        "added   | is built, then served                              |",
                        "changed | is built beside the one that serves, then switched |",
                        "kept    | keeps its state                                    |")
                .containsAll(changedTopics);
        try (PipelineServer server = shops.start(folder)) {
            awaitSwitch(server, "changed", shops.piecesByShop(0), shops.piecesByShop(10));
            shops.awaitBuilt(server);
            shops.awaitRows(server, "added", shops.piecesByShop(20));
            shops.awaitRows(server, "kept", shops.countByShop());
            awaitPublished(folder, "changed", shops.piecesByShop(10));
            awaitPublished(folder, "added", shops.piecesByShop(20));
            ShopPipeline.patiently("what only the old version had is gone")
                    .untilAsserted(() -> assertThat(shops.topics("shops-")).doesNotContainAnyElementsOf(changedTopics));
            assertThat(shops.topics("shops-")).containsAll(keptTopics);
            stands.forEach((topic, stand) -> assertThat(stand(topic)).as(topic).isEqualTo(stand));
            shops.sell(500);
            shops.awaitRows(server, "kept", shops.countByShop());
            shops.awaitRows(server, "changed", shops.piecesByShop(10));
            shops.awaitRows(server, "added", shops.piecesByShop(20));
            awaitPublished(folder, "changed", shops.piecesByShop(10));
        }
    }

    @Test
    void aRemovedViewLeavesItsTopicAloneAndWhenItComesBackTheTopicGetsTheDifferences() throws Exception {
        shops.sell(1_000);
        try (PipelineServer server = shops.deploy(OLD + KEPT)) {
            shops.awaitRows(server, "changed", shops.piecesByShop(0));
            shops.awaitRows(server, "kept", shops.countByShop());
        }
        Set<String> removed = shops.topics("shops-");
        removed.removeAll(internalTopicsOf("kept"));
        removed.remove("shops-deployments");
        String topic = stand("shops.changed");
        // Its stages come before those that stay, whose numbers change.
        try (PipelineServer server = shops.deploy(KEPT)) {
            assertThat(shops.topics("shops-")).doesNotContainAnyElementsOf(removed);
            assertThat(shops.listed(server, "views")).containsExactly("kept");
            assertThat(shops.get(server, "/v1/views/changed").statusCode()).isEqualTo(404);
            shops.awaitRows(server, "kept", shops.countByShop());
            shops.sell(200);
            shops.awaitRows(server, "kept", shops.countByShop());
            assertThat(stand("shops.changed")).isEqualTo(topic);
        }
        Path folder = shops.write("one", ShopPipeline.TABLES, KEPT + NEW);
        try (PipelineServer server = shops.start(folder)) {
            shops.awaitRows(server, "changed", shops.piecesByShop(10));
            awaitPublished(folder, "changed", shops.piecesByShop(10));
        }
        // And without any view of the first generation.
        try (PipelineServer server = shops.deploy(NEW)) {
            shops.awaitRows(server, "changed", shops.piecesByShop(10));
            assertThat(shops.listed(server, "views")).containsExactly("changed");
            assertThat(shops.topics("shops-")).allMatch(each -> each.matches("shops-(g2-.*|deployments)"));
            assertThat(shops.admin.listGroups().all().get().stream().map(group -> group.groupId()))
                    .contains("shops-g2")
                    .doesNotContain("shops");
            assertThat(directory.resolve("state-one").resolve("shops")).doesNotExist();
        }
    }

    @Test
    void anInstanceFollowsWhatAnotherDeploys() throws Exception {
        shops.sell(2_000);
        Path first = shops.write("one", ShopPipeline.TABLES, KEPT + OLD);
        Path second = shops.write("two", ShopPipeline.TABLES, KEPT + OLD);
        try (PipelineServer follower = shops.start(first)) {
            try (PipelineServer other = shops.start(second)) {
                shops.awaitRows(follower, "changed", shops.piecesByShop(0));
                shops.awaitRows(other, "changed", shops.piecesByShop(0));
            }
            shops.sell(500);
            shops.write("two", ShopPipeline.TABLES, KEPT + NEW + ADDED);
            try (PipelineServer deployer = shops.start(second)) {
                for (PipelineServer each : List.of(deployer, follower)) {
                    shops.awaitRows(each, "changed", shops.piecesByShop(10));
                    shops.awaitRows(each, "added", shops.piecesByShop(20));
                    shops.awaitRows(each, "kept", shops.countByShop());
                }
                awaitPublished(second, "changed", shops.piecesByShop(10));
                shops.sell(500);
                for (PipelineServer each : List.of(deployer, follower)) {
                    shops.awaitRows(each, "changed", shops.piecesByShop(10));
                    shops.awaitRows(each, "added", shops.piecesByShop(20));
                    shops.awaitRows(each, "kept", shops.countByShop());
                }
                awaitPublished(second, "changed", shops.piecesByShop(10));
            }
        }
        // One that starts again with the folder that it had does not turn the other's deployment back.
        try (PipelineServer again = shops.start(first)) {
            again.awaitReady(ShopPipeline.PATIENCE);
            assertThat(shops.listed(again, "views")).containsExactlyInAnyOrder("kept", "changed", "added");
            shops.awaitRows(again, "changed", shops.piecesByShop(10));
        }
    }

    @Test
    void columnsThatTheRegistryRefusesEndTheDeploymentAndChangeNothing() throws Exception {
        shops.sell(100);
        try (PipelineServer server = shops.deploy(KEPT)) {
            shops.awaitRows(server, "kept", shops.countByShop());
        }
        String kept = stand("shops.kept");
        assertThatThrownBy(
                        () -> shops.deploy("CREATE VIEW kept AS SELECT shop, max(shop) AS n FROM sales GROUP BY shop;"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("the schema registry refuses the schemas of view kept");
        try (PipelineServer server = shops.deploy(KEPT)) {
            assertThat(shops.listed(server, "building")).isEmpty();
            shops.awaitRows(server, "kept", shops.countByShop());
            assertThat(stand("shops.kept")).isEqualTo(kept);
        }
        // One column more is compatible.
        Path folder = shops.write(
                "one",
                ShopPipeline.TABLES,
                "CREATE VIEW kept AS SELECT shop, count(*) AS n, max(article) AS top FROM sales GROUP BY shop;");
        assertThat(plan(folder)).contains("| + top integer");
        try (PipelineServer server = shops.start(folder)) {
            ShopPipeline.patiently("the new column").until(() -> shops.rows(server, "kept")
                    .filter(rows -> rows.stream().allMatch(row -> row.contains("\"top\":")))
                    .isPresent());
        }
    }

    private static String plan(Path folder) {
        StringWriter out = new StringWriter();
        int code = Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(out))
                .execute("plan", "--pipeline", folder.toString());
        assertThat(code).as(out.toString()).isZero();
        return out.toString();
    }

    /** Waits for the new rows; until then a view has all the old ones, and they never come back. */
    private void awaitSwitch(PipelineServer server, String view, List<String> oldRows, List<String> newRows) {
        ShopPipeline.patiently("the switch of " + view).until(() -> {
            List<String> rows = shops.rows(server, view).orElse(oldRows);
            assertThat(rows).isIn(oldRows, newRows);
            return rows.equals(newRows);
        });
        for (int i = 0; i < 20; i++) {
            shops.rowsNow(server, view).ifPresent(rows -> assertThat(rows).isEqualTo(newRows));
        }
    }

    private void awaitPublished(Path folder, String view, List<String> rows) {
        PlanNode.View version = ShopPipeline.view(folder, view);
        ShopPipeline.patiently("the topic of " + view)
                .untilAsserted(() -> assertThat(shops.published(version)).isEqualTo(rows));
    }

    /** The exchanges and changelogs that a view of the first generation needs. */
    private Set<String> internalTopicsOf(String view) throws Exception {
        Plan plan = PlannedPipeline.readOrThrow(directory.resolve("one")).plan();
        Plan ofView = plan.only(List.of(view));
        List<String> names = ofView.nodes().stream().map(ofView::name).toList();
        Set<String> topics = shops.topics("shops-");
        topics.removeIf(topic -> names.stream().noneMatch(topic::contains));
        return topics;
    }

    private String stand(String topic) {
        try {
            return shops.stand(topic);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
