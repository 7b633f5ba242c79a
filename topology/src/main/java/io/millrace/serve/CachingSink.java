package io.millrace.serve;

import io.millrace.catalog.Column;
import io.millrace.cdn.CdnSink;
import io.millrace.cdn.Template;
import io.millrace.cdn.ViewTemplates;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import io.millrace.sql.Sink;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A sink that tells caches of a view's changes, as the view is served. Immutable.
 *
 * @param name its name
 * @param templates what its tags are
 * @param hasTags whether it has any; what it tells of by URLs alone is not seen here
 * @param named the columns that templates of tags name
 * @param ofAllColumns whether it tells of every change, whatever column it is of
 * @param ttlSeconds for how long caches may keep what it tells of and is not hot
 */
record CachingSink(
        String name, ViewTemplates templates, boolean hasTags, int[] named, boolean ofAllColumns, int ttlSeconds) {
    /** Those of the sinks that tell of a view's changes. */
    static List<CachingSink> of(PlanNode.View view, List<Sink> sinks) {
        return sinks.stream()
                .filter(CdnSink::isOne)
                .filter(sink -> sink.source().equals(view.name()))
                .map(sink -> of(view, CdnSink.of(sink)))
                .toList();
    }

    private static CachingSink of(PlanNode.View view, CdnSink sink) {
        List<Column> columns = view.fields().stream()
                .map(field -> new Column(field.name(), field.type(), true))
                .toList();
        List<String> names = columns.stream().map(Column::name).toList();
        // A template of columns that this version of the view has not is left out.
        List<Set<String>> tags = Stream.concat(sink.tags().stream(), sink.itemTags().stream())
                .map(Template::columns)
                .filter(names::containsAll)
                .toList();
        int[] named = tags.stream()
                .flatMap(each -> each.stream().map(names::indexOf))
                .distinct()
                .mapToInt(Integer::intValue)
                .toArray();
        return new CachingSink(
                sink.name(),
                ViewTemplates.of(sink, columns),
                !tags.isEmpty(),
                named,
                sink.columns().isEmpty(),
                sink.ttlSeconds().get(0));
    }

    /** Whether a row has all the tags that a row can have. */
    boolean allTagsExist(Row row) {
        for (int column : named) {
            if (row.get(column) == null) {
                return false;
            }
        }
        return true;
    }

    /** Whether all that comes into, or goes from, the rows with certain values is told by a tag. */
    boolean hasListTag(Row known) {
        return !templates.listTags(known).isEmpty();
    }
}
