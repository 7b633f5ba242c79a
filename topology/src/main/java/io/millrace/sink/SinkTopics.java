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

/** Sees to it that topics are there which only sinks read, since their consumers wait for a topic that is missing with a warning each second. */
public interface SinkTopics {
    /** Creates a topic of one partition that keeps everything, unless it is there. */
    void create(String topic) throws IOException;

    /** On the brokers of a pipeline. */
    static SinkTopics on(Admin admin, PipelineConfig config) {
        return topic -> {
            NewTopic created = new NewTopic(
                            topic,
                            Optional.of(1),
                            Optional.of(config.get(PipelineConfig.REPLICATION_FACTOR))
                                    .filter(factor -> factor > 0)
                                    .map(Integer::shortValue))
                    .configs(Map.of(TopicConfig.RETENTION_MS_CONFIG, "-1", TopicConfig.RETENTION_BYTES_CONFIG, "-1"));
            try {
                admin.createTopics(List.of(created)).all().get(10, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw new IOException(
                            "topic " + topic + " cannot be created: " + e.getCause().getMessage(), e);
                }
            } catch (TimeoutException | KafkaException e) {
                throw new IOException("topic " + topic + " cannot be created, the brokers do not answer", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptException(e);
            }
        };
    }
}
