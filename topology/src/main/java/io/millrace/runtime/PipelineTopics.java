package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Stage;
import io.millrace.schemas.TopicNames;

/**
 * The names of the topics that a pipeline writes. Those of exchanges derive from the plan's structure, so that an unchanged
 * view keeps its own whatever happens to the others.
 *
 * @param applicationId the front of internal topics' names
 * @param pipeline the front of views' topics' names
 */
public record PipelineTopics(String applicationId, String pipeline) {

    static PipelineTopics of(PipelineConfig config) {
        String name = config.get(PipelineConfig.APPLICATION_ID);
        return new PipelineTopics(name, name);
    }

    /** The repartition topic of an exchange. */
    public String exchange(Plan plan, PlanNode.Exchange exchange) {
        return applicationId + "-" + plan.name(exchange) + "-repartition";
    }

    /** A topic that stays empty, read by a stage that reads nothing else, so that it has a task a partition. */
    public String nothing(Plan plan, Stage stage) {
        return applicationId + "-" + plan.name(stage.nodes().get(0)) + "-nothing";
    }

    /** The changelog of a store, as Kafka Streams names it. */
    public String changelog(String store) {
        return applicationId + "-" + store + "-changelog";
    }

    /** The topic of a view's changes. */
    public String view(String view) {
        return pipeline + "." + view;
    }

    /** Where the rows go on which an expression of the view failed. */
    public String viewDeadLetters(String view) {
        return TopicNames.ofDeadLetters(view(view));
    }
}
