package io.millrace.ops.images;

import io.millrace.catalog.UserError;
import io.millrace.connectors.delivery.DeliveryConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/** A worker's properties: a few of its own, and those of delivery, which every sink has. */
final class WorkerConfig extends AbstractConfig {
    static final String IMAGE_ATTEMPTS = "image.attempts";
    static final String IMAGE_TIMEOUT = "image.timeout.ms";
    static final String IMAGE_PAUSE = "image.pause.ms";
    static final String CHECK = "check";
    private static final String CHECK_PREFIX = CHECK + ".";

    private static final ConfigDef DEFINITION = definition();

    private WorkerConfig(Map<String, String> properties) {
        super(DEFINITION, properties);
    }

    private static ConfigDef definition() {
        ConfigDef definition = new ConfigDef()
                .define(
                        IMAGE_ATTEMPTS,
                        ConfigDef.Type.INT,
                        3,
                        ConfigDef.Range.between(1, 1_000),
                        ConfigDef.Importance.MEDIUM,
                        "How often a picture is begun before it goes to the dead letters: one that takes too long, that is"
                                + " missing, or whose worker dies.")
                .define(
                        IMAGE_TIMEOUT,
                        ConfigDef.Type.INT,
                        10_000,
                        ConfigDef.Range.between(1, 120_000),
                        ConfigDef.Importance.MEDIUM,
                        "How long a picture may take.")
                .define(
                        IMAGE_PAUSE,
                        ConfigDef.Type.INT,
                        0,
                        ConfigDef.Range.between(0, 600_000),
                        ConfigDef.Importance.LOW,
                        "How long a worker rests after each picture: a small machine shows by it what a large one needs many"
                                + " workers for.")
                .define(
                        CHECK,
                        ConfigDef.Type.STRING,
                        "known-pictures",
                        ConfigDef.Importance.MEDIUM,
                        "The content check, by its name.");
        DeliveryConfig.define(definition);
        return definition;
    }

    /**
     * What was given; all else has its default.
     *
     * @param pipeline the pipeline's folder, whose file of known pictures the check gets unless it is given another
     * @throws UserError if something cannot be so
     */
    static WorkerConfig of(Path pipeline, Map<String, String> properties) {
        for (String name : new TreeMap<>(properties).keySet()) {
            if (!DEFINITION.names().contains(name) && !name.startsWith(CHECK_PREFIX)) {
                throw UserError.of(
                        UserError.Category.USAGE,
                        "there is no property " + name,
                        "there are "
                                + String.join(
                                        ", ",
                                        DEFINITION.names().stream().sorted().toList())
                                + ", and those of the check, which begin with " + CHECK_PREFIX);
            }
        }
        Map<String, String> all = new HashMap<>(properties);
        Path known = pipeline.resolve("known-pictures.txt");
        if (Files.exists(known)) {
            all.putIfAbsent(CHECK_PREFIX + "known", known.toString());
        }
        try {
            return new WorkerConfig(all);
        } catch (ConfigException e) {
            throw UserError.of(UserError.Category.USAGE, e.getMessage(), null);
        }
    }

    int imageAttempts() {
        return getInt(IMAGE_ATTEMPTS);
    }

    Duration imageTimeout() {
        return Duration.ofMillis(getInt(IMAGE_TIMEOUT));
    }

    Duration imagePause() {
        return Duration.ofMillis(getInt(IMAGE_PAUSE));
    }

    /** The content check that is chosen, configured. */
    ContentCheck check() {
        List<ContentCheck> checks = ServiceLoader.load(ContentCheck.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        ContentCheck check = checks.stream()
                .filter(each -> each.name().equals(getString(CHECK)))
                .findFirst()
                .orElseThrow(() -> UserError.of(
                        UserError.Category.USAGE,
                        "there is no content check " + getString(CHECK),
                        "there are "
                                + String.join(
                                        ", ",
                                        checks.stream().map(ContentCheck::name).toList())
                                + "; another is a class named in META-INF/services/" + ContentCheck.class.getName()));
        Map<String, String> properties = new HashMap<>();
        originalsWithPrefix(CHECK_PREFIX).forEach((name, value) -> properties.put(name, (String) value));
        check.configure(properties);
        return check;
    }
}
