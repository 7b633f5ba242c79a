package io.millrace.deadletter;

import io.millrace.catalog.PipelineConfig;
import io.millrace.catalog.Table;
import io.millrace.runtime.PipelineTopics;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.schemas.TopicNames;
import io.millrace.sink.CacheConnectors;
import io.millrace.sink.SinkConnectorConfig;
import io.millrace.sql.Sink;
import io.millrace.sql.SinkDefinition;
import io.millrace.sql.ViewDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A dead-letter topic of a pipeline.
 *
 * @param name the topic
 * @param of what its dead letters are of: a declared table, a view, or a sink
 * @param table the table whose records are set aside there; empty for a view's rows and for what a sink could not apply
 * @param sink the sink that could not apply what is there; empty for all others
 * @param topic the topic without a table whose records are set aside there; empty for all others
 */
public record DeadLetterTopic(
        String name, String of, Optional<Table> table, Optional<Sink> sink, Optional<String> topic) {

    /** One of a table, a view or a sink. */
    public DeadLetterTopic(String name, String of, Optional<Table> table, Optional<Sink> sink) {
        this(name, of, table, sink, Optional.empty());
    }

    /** That of a topic which no table is declared for. */
    public static DeadLetterTopic ofTopic(String topic) {
        return new DeadLetterTopic(
                TopicNames.ofDeadLetters(topic), topic, Optional.empty(), Optional.empty(), Optional.of(topic));
    }

    /** Those of a pipeline's tables, views and sinks; each may or may not exist. */
    public static List<DeadLetterTopic> of(PlannedPipeline planned) {
        List<DeadLetterTopic> topics = new ArrayList<>();
        for (Table table : planned.pipeline().catalog().tables().values()) {
            topics.add(new DeadLetterTopic(
                    TopicNames.ofDeadLetters(table.source().topic()),
                    table.name(),
                    Optional.of(table),
                    Optional.empty()));
        }
        String application = planned.pipeline().config().get(PipelineConfig.APPLICATION_ID);
        PipelineTopics names = new PipelineTopics(application, application);
        for (ViewDefinition view : planned.pipeline().views()) {
            topics.add(new DeadLetterTopic(
                    names.viewDeadLetters(view.name()), view.name(), Optional.empty(), Optional.empty()));
        }
        PipelineConfig config = planned.pipeline().config();
        List<Sink> sinks =
                planned.pipeline().sinks().stream().map(SinkDefinition::sink).toList();
        for (Sink sink : CacheConnectors.behind(sinks, config)) {
            String name = SinkConnectorConfig.deadLetters(config, sink.name());
            topics.add(new DeadLetterTopic(name, sink.name(), Optional.empty(), Optional.of(sink)));
        }
        return topics;
    }

    /** Whether what is there can be replayed: rows of views are no records of a topic. */
    public boolean isReplayable() {
        return table.isPresent() || sink.isPresent() || topic.isPresent();
    }

    /** Whether a user may mean it by that: its name, that of the topic it belongs to, or of the table or view. */
    public boolean isNamed(String text) {
        return text.equals(name) || text.equals(of) || name.equals(TopicNames.ofDeadLetters(text));
    }
}
