package io.millrace.runtime;

import io.millrace.catalog.Table;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;

/** The topics that tables are read from, as a pipeline needs them where nobody has made them. */
public final class SourceTopics {
    /** What capture sends at most. */
    private static final String LARGEST_RECORD_BYTES = "20971520";

    private SourceTopics() {}

    /**
     * The topic of a table. With a record a key it is compacted; of a table without a primary key all records are kept.
     *
     * @param replicationFactor empty for the brokers' own
     */
    public static NewTopic of(Table table, int partitions, Optional<Short> replicationFactor) {
        boolean captured = !table.appendOnly();
        Map<String, String> settings = new HashMap<>();
        settings.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, LARGEST_RECORD_BYTES);
        settings.put(
                TopicConfig.CLEANUP_POLICY_CONFIG,
                captured && table.hasKey() ? TopicConfig.CLEANUP_POLICY_COMPACT : TopicConfig.CLEANUP_POLICY_DELETE);
        if (captured && !table.hasKey()) {
            settings.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
            settings.put(TopicConfig.RETENTION_BYTES_CONFIG, "-1");
        }
        return new NewTopic(table.source().topic(), Optional.of(partitions), replicationFactor).configs(settings);
    }
}
