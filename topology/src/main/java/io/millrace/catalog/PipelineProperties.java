package io.millrace.catalog;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * A pipeline's properties: dotted names as Kafka's. A variable {@code MILLRACE_KAFKA_BOOTSTRAP_SERVERS} in the environment
 * overrides {@code kafka.bootstrap.servers}. Immutable.
 *
 * @param values by name
 */
public record PipelineProperties(Map<String, String> values) {
    private static final String VARIABLE_PREFIX = "MILLRACE_";

    /** Variables of the command line itself, which name no property. */
    private static final List<String> NOT_PROPERTIES =
            List.of("MILLRACE_HOME", "MILLRACE_SERVER", "MILLRACE_STATUS_FILE");

    public PipelineProperties {
        values = Collections.unmodifiableMap(new TreeMap<>(values));
    }

    /** The properties of a file, which need not exist, under those of the environment. */
    public static PipelineProperties read(Path file, Map<String, String> environment) {
        Map<String, String> values = new TreeMap<>();
        if (Files.exists(file)) {
            Properties properties = new Properties();
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            properties.stringPropertyNames().forEach(name -> values.put(name, properties.getProperty(name)));
        }
        environment.forEach((variable, value) -> {
            if (variable.startsWith(VARIABLE_PREFIX) && !NOT_PROPERTIES.contains(variable)) {
                String name = variable.substring(VARIABLE_PREFIX.length())
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '.');
                values.put(name, value);
            }
        });
        return new PipelineProperties(values);
    }

    /** These with others over them. */
    public PipelineProperties with(Map<String, String> others) {
        Map<String, String> merged = new TreeMap<>(values);
        merged.putAll(others);
        return new PipelineProperties(merged);
    }

    /** The logical database's name, the front of the tables' topics; absent: the pipeline's. */
    public Optional<String> database() {
        return Optional.ofNullable(values.get("database"));
    }

    /** A warning for each name that is not known, with the nearest one that is. */
    public List<String> warnings(List<String> known) {
        List<String> warnings = new ArrayList<>();
        for (String name : values.keySet()) {
            boolean passedOn = name.startsWith("kafka.") || name.startsWith("streams.");
            if (!passedOn && !known.contains(name)) {
                String nearest = known.stream()
                        .min(Comparator.comparingInt(each -> distance(each, name)))
                        .orElse("");
                warnings.add("unknown property " + name + " is ignored; did you mean " + nearest + "?");
            }
        }
        return warnings;
    }

    /** The count of letters to change, add or drop to get from one name to the other (Levenshtein). */
    static int distance(String first, String second) {
        int[] previous = new int[second.length() + 1];
        for (int j = 0; j <= second.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= first.length(); i++) {
            int[] current = new int[second.length() + 1];
            current[0] = i;
            for (int j = 1; j <= second.length(); j++) {
                int changed = previous[j - 1] + (first.charAt(i - 1) == second.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(changed, Math.min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[second.length()];
    }
}
