package io.millrace.runtime;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Internal topics that a generation left behind: changelogs and exchanges of views that it has lost. Told by their names, so that
 * it does not matter who deletes them, and how often.
 */
final class StaleTopics {
    private static final Logger LOG = LoggerFactory.getLogger(StaleTopics.class);
    private static final long REQUEST_TIMEOUT_MS = 30_000;

    private StaleTopics() {}

    /** Those of an application's internal topics that are not wanted, sorted. */
    private static List<String> of(String applicationId, Collection<String> topics, Set<String> wanted) {
        // A node's kind and digest; nobody else's topics have such names.
        Pattern internal = Pattern.compile(
                Pattern.quote(applicationId) + "-[a-z]+-[0-9a-f]{10}(-[a-z]+)?-(changelog|repartition|nothing)");
        return topics.stream()
                .filter(topic -> internal.matcher(topic).matches() && !wanted.contains(topic))
                .sorted()
                .toList();
    }

    /** Deletes those of an application's internal topics that are not wanted; nobody uses them. */
    static void delete(Admin admin, String applicationId, Set<String> wanted) {
        List<String> stale = of(applicationId, get(admin.listTopics().names()), wanted);
        if (stale.isEmpty()) {
            return;
        }
        LOG.info("deleting {} topics that no view needs any more: {}", stale.size(), String.join(", ", stale));
        for (KafkaFuture<Void> deletion :
                admin.deleteTopics(stale).topicNameValues().values()) {
            get(deletion);
        }
    }

    /** Deletes a group that has no members, with its positions. */
    static void deleteGroup(Admin admin, String group) {
        get(admin.deleteConsumerGroups(List.of(group)).all());
    }

    private static <T> T get(KafkaFuture<T> future) {
        try {
            return future.get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException
                    || e.getCause() instanceof GroupIdNotFoundException) {
                // Another instance was faster.
                return null;
            }
            throw new KafkaException("what a view has left behind could not be deleted", e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("what a view has left behind could not be deleted in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }
}
