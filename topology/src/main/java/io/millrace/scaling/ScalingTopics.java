package io.millrace.scaling;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import io.millrace.deadletter.Brokers;
import io.millrace.schemas.TopicNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

/** The topics of decisions on scaling. */
public final class ScalingTopics {
    /** Where metrics arrive. */
    public static final String METRICS = "metrics";

    /** Where decisions leave; the key is the service. */
    public static final String DECISIONS = "decisions";

    /** What became of decisions at executors: the newest of each service and executor. */
    public static final String EXECUTIONS = "decisions.executions";

    private static final int CREATION_TIMEOUT_MS = 30_000;
    private static final long DECISIONS_RETENTION_MS = TimeUnit.DAYS.toMillis(400);

    private ScalingTopics() {}

    /** Creates those that are missing. */
    static void create(PipelineConfig config) {
        Brokers brokers = new Brokers(config);
        Set<String> present = brokers.topics();
        List<NewTopic> missing = new ArrayList<>();
        for (String topic : List.of(
                METRICS,
                DECISIONS,
                EXECUTIONS,
                TopicNames.ofDeadLetters(METRICS),
                TopicNames.ofDeadLetters(DECISIONS))) {
            if (!present.contains(topic)) {
                NewTopic created = new NewTopic(
                        topic,
                        Optional.of(config.get(PipelineConfig.PARTITIONS)),
                        Optional.of(config.get(PipelineConfig.REPLICATION_FACTOR))
                                .filter(factor -> factor > 0)
                                .map(Integer::shortValue));
                missing.add(created.configs(configs(topic)));
            }
        }
        try (Admin admin = Admin.create(brokers.properties())) {
            admin.createTopics(missing).all().get(CREATION_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw refused(e.getCause().getMessage());
            }
        } catch (TimeoutException e) {
            throw refused("the brokers do not answer");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw refused("interrupted");
        }
    }

    private static Map<String, String> configs(String topic) {
        return switch (topic) {
            case DECISIONS -> Map.of(TopicConfig.RETENTION_MS_CONFIG, Long.toString(DECISIONS_RETENTION_MS));
            case EXECUTIONS -> Map.of(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
            // By the brokers' clock, beside which a producer's may be fast.
            case METRICS -> Map.of(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
            default -> Map.of();
        };
    }

    private static UserError refused(String message) {
        return UserError.of(
                Category.UNREACHABLE,
                "the topics " + METRICS + " and " + DECISIONS + " cannot be created: " + message,
                "create them, or check " + PipelineConfig.BOOTSTRAP_SERVERS.name());
    }
}
