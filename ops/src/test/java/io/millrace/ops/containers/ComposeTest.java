package io.millrace.ops.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/deploy.md's walk through docker-compose.yml, and an instance that is killed. */
@Tag("containers")
final class ComposeTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int VIEWS = 8080;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

    @Test
    void viewsAreSpreadOverInstancesAndGoOnWhenOneIsKilled(@TempDir Path secrets) throws Exception {
        Optional<String> obstacle = Composed.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> "NOT TESTED: docker-compose.yml, as " + obstacle.orElseThrow());
        try (Composed composed =
                Composed.project("millrace-test-" + ProcessHandle.current().pid(), secrets)) {
            composed.compose("up", "-d", "--scale", "prometheus=0");
            awaitReady(composed, 1);
            composed.sql(
                    "shard1",
                    "INSERT INTO users (user_id, username) SELECT n, 'user' || n FROM generate_series(1, 20) n");
            composed.sql("shard1", "INSERT INTO photos (photo_id, user_id) SELECT n, n FROM generate_series(1, 20) n");
            composed.sql("shard2", "INSERT INTO follows (user_id, followee_id) VALUES (1007, 20)");
            String first = composed.containers("millrace").get(0);
            Awaitility.await("a row of two shards").atMost(PATIENCE).untilAsserted(() -> assertThat(
                            composed.exec(first, "millrace", "query", "user_feed", "1007"))
                    .contains("user20"));

            composed.compose("up", "-d", "--scale", "prometheus=0", "--scale", "millrace=3");
            awaitReady(composed, 3);
            List<String> instances = composed.containers("millrace");
            for (String instance : instances) {
                awaitAllPhotos(composed.url(instance, VIEWS));
            }
            awaitWatched(composed, instances);

            kill(composed, instances.get(1));
            String other = composed.url(instances.get(0), VIEWS);
            Duration gap = longestGap(other, Duration.ofSeconds(20));
            System.out.printf("longest time without an answer for some photo: %d ms%n", gap.toMillis());
            assertThat(get(other + "/metrics").body())
                    .as("its work was taken over before the brokers missed it")
                    .contains("millrace_takeover_seconds_count 1");
            composed.sql(
                    "shard2", "INSERT INTO likes (user_id, photo_id) SELECT 1007, n FROM generate_series(1, 20) n");
            Awaitility.await("changes go on").atMost(PATIENCE).untilAsserted(() -> {
                for (int photo = 1; photo <= 20; photo++) {
                    assertThat(get(other + "/v1/views/photo_card/" + photo).body())
                            .contains("\"likes\":1,");
                }
            });
        }
    }

    private void awaitReady(Composed composed, int instances) {
        Awaitility.await(instances + " ready")
                .atMost(PATIENCE)
                .ignoreExceptions()
                .untilAsserted(() -> {
                    List<String> containers = composed.containers("millrace");
                    assertThat(containers).hasSize(instances);
                    for (String container : containers) {
                        assertThat(get(composed.url(container, VIEWS) + "/ready")
                                        .statusCode())
                                .isEqualTo(200);
                    }
                });
    }

    private void awaitAllPhotos(String url) {
        Awaitility.await("all photos at " + url)
                .atMost(PATIENCE)
                .ignoreExceptions()
                .untilAsserted(() -> {
                    for (int photo = 1; photo <= 20; photo++) {
                        assertThat(get(url + "/v1/views/photo_card/" + photo).statusCode())
                                .isEqualTo(200);
                    }
                });
    }

    /** Until each would notice another's death. */
    private void awaitWatched(Composed composed, List<String> instances) {
        for (String instance : instances) {
            Awaitility.await("instances watched")
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .untilAsserted(() -> assertThat(get(composed.url(instance, VIEWS) + "/metrics")
                                    .body())
                            .contains("millrace_peers_watched " + (instances.size() - 1) + ".0"));
        }
    }

    /** Ends the process of an instance as a lack of memory would. */
    private static void kill(Composed composed, String instance) {
        composed.exec(instance, "bash", "-c", "kill -9 $(cat /proc/1/task/1/children)");
    }

    /** The longest time in which one of the photos had no answer. */
    private Duration longestGap(String url, Duration watched) throws IOException, InterruptedException {
        long end = System.nanoTime() + watched.toNanos();
        long[] answered = new long[21];
        Arrays.fill(answered, System.nanoTime());
        long longest = 0;
        while (System.nanoTime() < end) {
            for (int photo = 1; photo <= 20; photo++) {
                int status;
                try {
                    status = get(url + "/v1/views/photo_card/" + photo).statusCode();
                } catch (IOException e) {
                    status = 0;
                }
                long now = System.nanoTime();
                assertThat(status).as("photo " + photo).isIn(0, 200, 503);
                if (status == 200) {
                    longest = Math.max(longest, now - answered[photo]);
                    answered[photo] = now;
                }
            }
            Thread.sleep(20);
        }
        for (int photo = 1; photo <= 20; photo++) {
            longest = Math.max(longest, System.nanoTime() - answered[photo]);
        }
        return Duration.ofNanos(longest);
    }

    private HttpResponse<String> get(String url) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .timeout(Duration.ofSeconds(5))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }
}
