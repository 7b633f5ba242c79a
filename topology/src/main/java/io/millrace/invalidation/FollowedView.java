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
import java.util.stream.Stream;

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
     * @param former sinks as they were deployed with it, where they say something else now: its pages are marked by them
     */
    record Version(
            List<Column> columns,
            List<Integer> key,
            Set<Integer> ordering,
            ViewDependencies dependencies,
            List<CdnSink> former) {
        Version {
            columns = List.copyOf(columns);
            key = List.copyOf(key);
            ordering = Set.copyOf(ordering);
            former = List.copyOf(former);
        }

        static Version of(ViewDefinition definition, List<CdnSink> former) {
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
                    Planner.dependencies(definition),
                    former);
        }

        ViewRecordDecoder decoder(String view, SchemaLookup schemas) {
            return ViewRecordDecoder.ofAnyVersion(view, columns, key, schemas);
        }

        /** Its rows' targets by a sink as it is, and as it was. */
        List<RowTargets> targets(CdnSink sink) {
            return Stream.concat(Stream.of(sink), former.stream().filter(each -> each.name()
                            .equals(sink.name())))
                    .map(each -> new RowTargets(each, columns, ordering, dependencies))
                    .toList();
        }
    }
}
