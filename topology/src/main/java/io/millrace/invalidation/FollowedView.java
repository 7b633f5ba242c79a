package io.millrace.invalidation;

import io.millrace.catalog.Column;
import io.millrace.cdn.CdnSink;
import io.millrace.cdn.RowTargets;
import io.millrace.plan.Plan;
import io.millrace.plan.PlanNode;
import io.millrace.plan.Planner;
import io.millrace.plan.ViewDependencies;
import io.millrace.runtime.source.SchemaLookup;
import io.millrace.runtime.source.ViewRecordDecoder;
import io.millrace.sql.IndexDefinition;
import io.millrace.sql.ViewDefinition;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A view and the sinks of type cdn that follow it. Immutable.
 *
 * @param name the view
 * @param versions those of which records may be in its topic, the newest first
 * @param sinks those that follow it
 */
record FollowedView(String name, List<Version> versions, List<CdnSink> sinks) {
    FollowedView {
        versions = List.copyOf(versions);
        sinks = List.copyOf(sinks);
    }

    /**
     * What a version's records are.
     *
     * @param ordering the columns by which lists of it are ordered
     */
    record Version(List<Column> columns, List<Integer> key, Set<Integer> ordering, ViewDependencies dependencies) {
        static Version of(ViewDefinition definition) {
            Plan plan = Planner.plan(List.of(definition));
            PlanNode.View view = plan.views().get(0);
            return new Version(
                    view.fields().stream()
                            .map(field -> new Column(field.name(), field.type(), true))
                            .toList(),
                    view.key(),
                    definition.indexes().stream()
                            .map(IndexDefinition::columns)
                            .flatMap(Collection::stream)
                            .map(IndexDefinition.Part::column)
                            .collect(Collectors.toSet()),
                    Planner.dependencies(definition));
        }

        ViewRecordDecoder decoder(String view, SchemaLookup schemas) {
            return ViewRecordDecoder.ofAnyVersion(view, columns, key, schemas);
        }

        RowTargets targets(CdnSink sink) {
            return new RowTargets(sink, columns, ordering, dependencies);
        }
    }

    static FollowedView of(String name, Collection<ViewDefinition> versions, List<CdnSink> sinks) {
        return new FollowedView(name, versions.stream().map(Version::of).toList(), sinks);
    }
}
