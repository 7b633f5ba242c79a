package io.millrace.sink;

import io.millrace.catalog.PipelineConfig;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TopicExistsException;

/** Sees to it that topics are there which sinks alone read: a consumer warns each second of one that is missing. */
public interface SinkTopics {
    /**
     * Creates a topic that keeps everything, unless it is there.
     *
     * @param like the topic that it is to have as many partitions as; empty for one
     */
    void create(String topic, Optional<String> like) throws IOException;

    /** On the brokers of a pipeline. */
    static SinkTopics on(Admin admin, PipelineConfig config) {
        return (topic, like) -> {
            try {
                NewTopic created = new NewTopic(
                                topic,
                                Optional.of(like.isPresent() ? partitions(admin, like.get()) : 1),
                                Optional.of(config.get(PipelineConfig.REPLICATION_FACTOR))
                                        .filter(factor -> factor > 0)
                                        .map(Integer::shortValue))
                        .configs(Map.of(
                                TopicConfig.RETENTION_MS_CONFIG, "-1", TopicConfig.RETENTION_BYTES_CONFIG, "-1"));
                admin.createTopics(List.of(created)).all().get(10, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw new IOException(
                            "topic " + topic + " cannot be created: "
                                    + e.getCause().getMessage(),
                            e);
                }
            } catch (TimeoutException | KafkaException e) {
                throw new IOException("topic " + topic + " cannot be created, the brokers do not answer", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptException(e);
            }
        };
    }

    private static int partitions(Admin admin, String topic)
            throws ExecutionException, InterruptedException, TimeoutException {
        return admin.describeTopics(List.of(topic))
                .allTopicNames()
                .get(10, TimeUnit.SECONDS)
                .get(topic)
                .partitions()
                .size();
    }
}
