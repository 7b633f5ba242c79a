package io.millrace.ops.stack;

import io.millrace.catalog.Table;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;

/** The topics of tables, as a pipeline needs them. */
public final class TableTopics {
    private TableTopics() {}

    /**
     * Creates the topics of tables where they are missing, so that a pipeline finds them before the first change; those of event
     * topics too, which nobody else makes.
     */
    public static void create(Admin admin, Collection<Table> tables, int partitions)
            throws InterruptedException, ExecutionException {
        for (Table table : tables) {
            NewTopic topic = new NewTopic(table.source().topic(), partitions, (short) 1).configs(configs(table));
            try {
                admin.createTopics(List.of(topic)).all().get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }

    /** A topic with a record a key is compacted; of a table without a primary key all records are kept. */
    private static Map<String, String> configs(Table table) {
        Map<String, String> configs = new HashMap<>();
        configs.put("max.message.bytes", "20971520");
        configs.put("cleanup.policy", !table.appendOnly() && table.hasKey() ? "compact" : "delete");
        if (!table.appendOnly() && !table.hasKey()) {
            configs.put("retention.ms", "-1");
        }
        return configs;
    }
}
