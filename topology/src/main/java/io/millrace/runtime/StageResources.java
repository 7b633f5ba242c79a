package io.millrace.runtime;

import io.millrace.catalog.Column;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.state.DiskStores;
import io.millrace.runtime.topic.ViewRecordEncoder;
import io.millrace.runtime.topic.ViewSchemas;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * What the processors of all stages share. Thread-safe.
 *
 * @param plan the plan
 * @param topics the names of the pipeline's topics
 * @param partitions the partition count of all of them
 * @param deletionsRetainMs how long deleted rows' positions are kept
 * @param schemas where writers' schemas come from
 * @param viewSchemas by view the registered ids of its topic's schemas
 * @param progress takes what views hold and reflect
 * @param meters takes counts and times
 * @param failureLog takes lines about dead letters
 * @param pacer requests commits
 * @param fanOut paces changes with many matches
 * @param publication when views go to their topics
 * @param stores makes the stores on disk
 * @param counting counts rows beside the tasks
 */
record StageResources(
        Plan plan,
        PipelineTopics topics,
        int partitions,
        long deletionsRetainMs,
        SchemaLookup schemas,
        Map<String, ViewSchemaIds> viewSchemas,
        ViewProgress progress,
        RuntimeMeters meters,
        FailureLog failureLog,
        CommitPacer pacer,
        FanOut fanOut,
        Publication publication,
        DiskStores stores,
        Executor counting) {

    /** The registered ids of the schemas of a view's topic. */
    record ViewSchemaIds(int key, int value) {}

    /** A view's columns as its topic has them: each may be NULL. */
    static List<Column> columns(PlanNode.View view) {
        return view.fields().stream()
                .map(field -> new Column(field.name(), field.type(), true))
                .toList();
    }

    static ViewSchemas schemas(PipelineTopics topics, PlanNode.View view) {
        return ViewSchemas.of(topics.view(view.name()), columns(view), view.key());
    }

    /** The stores of a node. */
    List<String> stores(PlanNode node) {
        return topics.stores(plan, node);
    }

    ViewRecordEncoder encoder(PlanNode.View view) {
        ViewSchemaIds ids = viewSchemas.get(view.name());
        return new ViewRecordEncoder(topics.view(view.name()), columns(view), view.key(), ids.key(), ids.value());
    }
}
