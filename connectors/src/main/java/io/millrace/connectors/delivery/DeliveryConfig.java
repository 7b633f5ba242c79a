package io.millrace.connectors.delivery;

import java.time.Duration;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;

/** The properties of delivery that every sink has. */
public final class DeliveryConfig {
    public static final String RETRY_ATTEMPTS = "retry.attempts";
    public static final String RETRY_FIRST_PAUSE = "retry.first.pause.ms";
    public static final String RETRY_MULTIPLIER = "retry.multiplier";
    public static final String RETRY_JITTER = "retry.jitter";
    public static final String RETRY_MAX_PAUSE = "retry.max.pause.ms";
    public static final String BREAKER_RECORDS = "breaker.records";
    public static final String BREAKER_RATIO = "breaker.failure.ratio";
    public static final String BREAKER_PAUSE = "breaker.pause.ms";

    public static final String REPLAY_TOPIC = "replay.topic";

    private static final int MAX_WINDOW_RECORDS = 1_000_000;

    private DeliveryConfig() {}

    /** Adds them to a sink's own. */
    public static void define(ConfigDef definition) {
        retrying(definition);
        breaking(definition);
        definition.define(
                REPLAY_TOPIC,
                ConfigDef.Type.STRING,
                "",
                ConfigDef.Importance.LOW,
                "The topic by which millrace dlq replay delivers dead letters again, one of the topics that the sink reads;"
                        + " empty for none.");
    }

    private static void retrying(ConfigDef definition) {
        definition
                .define(
                        RETRY_ATTEMPTS,
                        ConfigDef.Type.INT,
                        100,
                        ConfigDef.Range.atLeast(-1),
                        ConfigDef.Importance.MEDIUM,
                        "How often a failure that may pass is tried again before the task stops; -1 for ever. With the"
                                + " defaults that is about an hour and a half.")
                .define(
                        RETRY_FIRST_PAUSE,
                        ConfigDef.Type.LONG,
                        500L,
                        ConfigDef.Range.between(1, 3_600_000),
                        ConfigDef.Importance.LOW,
                        "The pause before the first further attempt.")
                .define(
                        RETRY_MULTIPLIER,
                        ConfigDef.Type.DOUBLE,
                        2.0,
                        ConfigDef.Range.between(1.0, 100.0),
                        ConfigDef.Importance.LOW,
                        "By what each pause is longer than the one before.")
                .define(
                        RETRY_JITTER,
                        ConfigDef.Type.DOUBLE,
                        0.2,
                        ConfigDef.Range.between(0.0, 1.0),
                        ConfigDef.Importance.LOW,
                        "The part of a pause that is random, so that tasks do not come all at once.")
                .define(
                        RETRY_MAX_PAUSE,
                        ConfigDef.Type.LONG,
                        60_000L,
                        ConfigDef.Range.between(1, 3_600_000),
                        ConfigDef.Importance.LOW,
                        "The longest pause.");
    }

    private static void breaking(ConfigDef definition) {
        definition
                .define(
                        BREAKER_RECORDS,
                        ConfigDef.Type.INT,
                        1_000,
                        ConfigDef.Range.between(0, MAX_WINDOW_RECORDS),
                        ConfigDef.Importance.MEDIUM,
                        "Of how many records in a row the bad ones are counted, by which the breaker opens; 0 for no"
                                + " breaker.")
                .define(
                        BREAKER_RATIO,
                        ConfigDef.Type.DOUBLE,
                        0.5,
                        ConfigDef.Range.between(0.0, 1.0),
                        ConfigDef.Importance.MEDIUM,
                        "The part of those records that may go to the dead letters. The one that would be the next opens"
                                + " the breaker.")
                .define(
                        BREAKER_PAUSE,
                        ConfigDef.Type.LONG,
                        60_000L,
                        ConfigDef.Range.between(1, 3_600_000),
                        ConfigDef.Importance.LOW,
                        "The pause before the record that opened the breaker is tried again, and before each further try.");
    }

    /** The policy that a sink's properties tell. */
    public static RetryPolicy retryPolicy(AbstractConfig config) {
        return new RetryPolicy(
                config.getInt(RETRY_ATTEMPTS),
                config.getLong(RETRY_FIRST_PAUSE),
                config.getDouble(RETRY_MULTIPLIER),
                config.getDouble(RETRY_JITTER),
                config.getLong(RETRY_MAX_PAUSE));
    }

    /** The breaker that a sink's properties tell. */
    public static Breaker breaker(AbstractConfig config) {
        return new Breaker(
                config.getInt(BREAKER_RECORDS),
                config.getDouble(BREAKER_RATIO),
                Duration.ofMillis(config.getLong(BREAKER_PAUSE)),
                System::nanoTime);
    }
}
