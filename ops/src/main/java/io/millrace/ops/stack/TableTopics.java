package io.millrace.ops.stack;

import io.millrace.catalog.Table;
import io.millrace.runtime.SourceTopics;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
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
            try {
                admin.createTopics(List.of(SourceTopics.of(table, partitions, Optional.of((short) 1))))
                        .all()
                        .get();
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
    }
}
