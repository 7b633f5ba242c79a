package io.millrace.runtime;

import io.millrace.catalog.PipelineConfig;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.PlanState;
import io.millrace.plan.Stage;
import io.millrace.runtime.deployment.Generation;
import io.millrace.schemas.TopicNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The names of the topics that a pipeline writes. Those of exchanges derive from the plan's structure, so that an unchanged
 * view keeps its own whatever happens to the others.
 *
 * @param applicationId the front of internal topics' names
 * @param pipeline the front of views' topics' names
 */
public record PipelineTopics(String applicationId, String pipeline) {

    /** The topics of a generation of a pipeline. */
    public static PipelineTopics of(PipelineConfig config, Generation generation) {
        String name = config.get(PipelineConfig.APPLICATION_ID);
        return new PipelineTopics(generation.applicationId(name), name);
    }

    /** Whether views of an earlier generation may have written to the views' topics. */
    boolean ofLaterGeneration() {
        return !applicationId.equals(pipeline);
    }

    /** The stores of a node: the plan's, and what a later generation's views need to go to their topics. */
    List<String> stores(Plan plan, PlanNode node) {
        List<String> stores = PlanState.stores(plan, node);
        if (node instanceof PlanNode.View && ofLaterGeneration()) {
            stores = new ArrayList<>(stores);
            stores.add(LatePublisher.store(plan.name(node)));
        }
        return stores;
    }

    /** All topics that are the application's own: exchanges and changelogs. */
    public Set<String> internal(Plan plan) {
        Set<String> topics = new TreeSet<>();
        for (Stage stage : Stage.of(plan)) {
            if (stage.readsNothing()) {
                topics.add(nothing(plan, stage));
            }
            for (PlanNode node : stage.nodes()) {
                stores(plan, node).forEach(store -> topics.add(changelog(store)));
                if (node instanceof PlanNode.Exchange exchange) {
                    topics.add(exchange(plan, exchange));
                }
            }
        }
        return topics;
    }

    /** The repartition topic of an exchange. */
    public String exchange(Plan plan, PlanNode.Exchange exchange) {
        return applicationId + "-" + plan.name(exchange) + "-repartition";
    }

    /** A topic that stays empty, read by a stage that reads nothing else, so that it has a task a partition. */
    public String nothing(Plan plan, Stage stage) {
        // Its first nodes, constants, may be another stage's as well.
        PlanNode last = stage.nodes().get(stage.nodes().size() - 1);
        return applicationId + "-" + plan.name(last) + "-nothing";
    }

    /** The changelog of a store, as Kafka Streams names it. */
    public String changelog(String store) {
        return applicationId + "-" + store + "-changelog";
    }

    /** The topic of a view's changes. */
    public String view(String view) {
        return TopicNames.ofView(pipeline, view);
    }

    /** Where the rows go on which an expression of the view failed. */
    public String viewDeadLetters(String view) {
        return TopicNames.ofDeadLetters(view(view));
    }
}
