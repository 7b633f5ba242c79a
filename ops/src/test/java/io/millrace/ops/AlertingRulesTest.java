package io.millrace.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The rules for Prometheus ask for metrics that there are. */
final class AlertingRulesTest {
    private static final Pattern ASKED = Pattern.compile("\\b(?:millrace|kafka_connect)_[a-z_]+");
    private static final Pattern OF_THE_PIPELINE = Pattern.compile("\"(millrace\\.[a-z.]+)\"");
    private static final Pattern OF_A_SINK = Pattern.compile("\"([a-z]+(?:-[a-z]+)+)\"");

    /** Connect's own. */
    private static final Set<String> OF_CONNECT =
            Set.of("kafka_connect_task_error_metrics_deadletterqueue_produce_requests");

    @Test
    void theMetricsOfAllRulesExist() throws Exception {
        Set<String> known = new TreeSet<>(OF_CONNECT);
        for (String name : found(Path.of("../topology/src/main/java"), OF_THE_PIPELINE)) {
            known.add(name.replace('.', '_'));
            known.add(name.replace('.', '_') + "_total");
        }
        for (String name : found(Path.of("../connectors/src/main/java"), OF_A_SINK)) {
            known.add("kafka_connect_plugins_" + name.replace('-', '_'));
        }
        Set<String> asked = new TreeSet<>();
        Matcher names = ASKED.matcher(Files.readString(Path.of("prometheus/millrace.rules.yml")));
        while (names.find()) {
            asked.add(names.group());
        }
        assertThat(asked).hasSizeGreaterThan(8).isSubsetOf(known);
    }

    private static Set<String> found(Path folder, Pattern pattern) throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> files = Files.walk(folder)) {
            files.filter(file -> file.toString().endsWith(".java")).forEach(file -> {
                Matcher names = pattern.matcher(text(file));
                while (names.find()) {
                    found.add(names.group(1));
                }
            });
        }
        return found;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
