package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.catalog.Column;
import io.millrace.catalog.UserError;
import io.millrace.cdn.CdnSink;
import io.millrace.cdn.Template;
import io.millrace.cdn.ViewTemplates;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import io.millrace.runtime.PlannedPipeline;
import io.millrace.schemas.Invalidation.TargetKind;
import io.millrace.serve.RowParameters;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What of a pipeline's sinks stands behind a URL or a tag: templates, and the rows that make it. */
final class TargetMatches {
    private final PlannedPipeline planned;
    private final List<CdnSink> sinks;

    TargetMatches(PlannedPipeline planned, List<CdnSink> sinks) {
        this.planned = planned;
        this.sinks = sinks;
    }

    /**
     * A template that a target is made of.
     *
     * @param text the target as the template writes it
     * @param values by column, as text
     */
    record Match(CdnSink sink, PlanNode.View view, Template template, String text, Map<String, String> values) {
        /** The values, for people. */
        String shown() {
            return values.entrySet().stream()
                    .map(each -> each.getKey() + " = " + each.getValue())
                    .collect(Collectors.joining(", "));
        }

        List<Column> columns() {
            return view.fields().stream()
                    .map(field -> new Column(field.name(), field.type(), true))
                    .toList();
        }
    }

    /** Rows that were looked up, or why they could not be. */
    record Found(List<Row> rows, List<JsonNode> shown, Optional<String> why) {
        static Found none(String why) {
            return new Found(List.of(), List.of(), Optional.of(why));
        }
    }

    /** The templates that a target is made of. */
    List<Match> of(TargetKind kind, String target) {
        List<Match> matches = new ArrayList<>();
        for (CdnSink sink : sinks) {
            Stream<Template> templates = kind == TargetKind.URL
                    ? sink.urls().stream()
                    : Stream.concat(sink.tags().stream(), sink.itemTags().stream());
            templates.forEach(template -> {
                String text = asWritten(kind, template, target);
                template.match(text)
                        .ifPresent(values -> matches.add(new Match(sink, view(sink.view()), template, text, values)));
            });
        }
        return matches;
    }

    /** A URL without its site, where the template has none. */
    private static String asWritten(TargetKind kind, Template template, String target) {
        boolean absolute = target.startsWith("http://") || target.startsWith("https://");
        if (kind != TargetKind.URL || !absolute || !template.text().startsWith("/")) {
            return target;
        }
        int path = target.indexOf('/', target.indexOf("//") + 2);
        return path < 0 ? "/" : target.substring(path);
    }

    private PlanNode.View view(String name) {
        return planned.plan().views().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The rows with a match's values, at most so many, by the view's key or an index. */
    Found rows(Match match, String server, int most) {
        List<String> names =
                match.view.fields().stream().map(field -> field.name()).toList();
        List<String> key = bound(match.view.key().stream().map(names::get).toList(), match.values);
        List<String> by = new ArrayList<>();
        for (PlanNode.Index index : planned.plan().indexes(match.view)) {
            List<String> ofIndex = bound(
                    index.order().stream().map(part -> names.get(part.column())).toList(), match.values);
            if (ofIndex.size() > key.size() && by.isEmpty()) {
                by.add(index.name());
                key = ofIndex;
            }
        }
        if (key.isEmpty()) {
            return Found.none("view " + match.view.name() + " has neither a key nor an index that begins with "
                    + String.join(", ", match.values.keySet()) + ", so that its rows cannot be looked up");
        }
        try {
            RowParameters parameters = new RowParameters(by.isEmpty() ? null : by.get(0), null, null);
            List<JsonNode> rows = ViewClient.of(server).rows(match.view.name(), key, parameters, most).stream()
                    // They were looked up by some of the values only.
                    .filter(row -> isOf(match, row(match, row)))
                    .toList();
            return rows.isEmpty()
                    ? Found.none("there is no such row now")
                    : new Found(rows.stream().map(row -> row(match, row)).toList(), rows, Optional.empty());
        } catch (UserError e) {
            return Found.none(
                    e.category() == UserError.Category.NOT_FOUND ? "there is no such row now" : e.getMessage());
        }
    }

    private static boolean isOf(Match match, Row row) {
        ViewTemplates templates = ViewTemplates.of(match.sink, match.columns());
        return (match.template.form() == Template.Form.URL ? templates.urls(row) : templates.tags(row))
                .stream().anyMatch(text -> match.template.match(text).equals(Optional.of(match.values)));
    }

    /** What is known of a row by the match alone, though it be gone. */
    static Row known(Match match) {
        return Row.of(match.columns().stream()
                .map(column -> known(column, match.values.get(column.name())))
                .toArray());
    }

    private static Object known(Column column, String value) {
        try {
            return value == null ? null : SqlText.parse(column.type(), value);
        } catch (RuntimeException e) {
            // No row has it.
            return null;
        }
    }

    private static List<String> bound(List<String> columns, Map<String, String> values) {
        List<String> bound = new ArrayList<>();
        for (String column : columns) {
            if (!values.containsKey(column)) {
                break;
            }
            bound.add(values.get(column));
        }
        return bound;
    }

    /** The tags of what shows those rows. */
    static Set<String> tags(Match match, List<Row> rows) {
        ViewTemplates templates = ViewTemplates.of(match.sink, match.columns());
        Set<String> tags = new LinkedHashSet<>();
        rows.forEach(row -> tags.addAll(templates.tags(row)));
        return tags;
    }

    /** The URLs of what shows those rows. */
    static Set<String> urls(Match match, List<Row> rows) {
        ViewTemplates templates = ViewTemplates.of(match.sink, match.columns());
        Set<String> urls = new LinkedHashSet<>();
        rows.forEach(row -> urls.addAll(templates.urls(row)));
        return urls;
    }

    private static Row row(Match match, JsonNode json) {
        return Row.of(match.columns().stream()
                .map(column -> value(column, json.path(column.name())))
                .toArray());
    }

    /** A value as it was answered; NULL for one of a type that no template would have, as an array. */
    private static Object value(Column column, JsonNode json) {
        if (json.isNull() || json.isMissingNode() || json.isContainerNode()) {
            return null;
        }
        return SqlText.parse(column.type(), json.asText());
    }
}
