package io.millrace.cdn;

import io.millrace.catalog.Column;
import io.millrace.catalog.SqlType;
import io.millrace.row.Row;
import io.millrace.row.SqlText;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The URLs and tags that a sink of type cdn gives to the rows of its view. What serves pages marks them by this, so that what is
 * invalidated finds them:
 *
 * <ul>
 *   <li>A page that shows rows must carry {@link #tags(Row)} of <em>each</em> row that it shows: a change of a row invalidates one of
 *       them, whichever spares most.
 *   <li>A page that shows all rows with certain values, a list, must also carry {@link #listTags(Row)} of these values: a row that
 *       comes into the list, or that was not shown and moves up, is known by nothing else. Where that is empty, no cache can keep the
 *       list in step.
 * </ul>
 *
 * <p>Immutable and thread-safe.
 */
public final class ViewTemplates {
    private final List<Compiled> urls;
    private final List<Compiled> tags;
    private final List<Compiled> itemTags;

    private ViewTemplates(List<Compiled> urls, List<Compiled> tags, List<Compiled> itemTags) {
        this.urls = urls;
        this.tags = tags;
        this.itemTags = itemTags;
    }

    /**
     * The templates over a version of the view.
     *
     * @param columns that version's columns; a template that names another has no place there and is left out
     */
    public static ViewTemplates of(CdnSink sink, List<Column> columns) {
        return new ViewTemplates(
                compiled(sink.urls(), columns), compiled(sink.tags(), columns), compiled(sink.itemTags(), columns));
    }

    private static List<Compiled> compiled(List<Template> templates, List<Column> columns) {
        List<String> names = columns.stream().map(Column::name).toList();
        return templates.stream()
                .filter(template -> names.containsAll(template.columns()))
                .map(template -> new Compiled(template, columns, names))
                .toList();
    }

    /** The URLs of the pages that show the row. */
    public Set<String> urls(Row row) {
        return rendered(urls, row);
    }

    /** The tags of what shows the row: those of lists and those of items. */
    public Set<String> tags(Row row) {
        Set<String> all = rendered(tags, row);
        all.addAll(rendered(itemTags, row));
        return all;
    }

    /**
     * The tags of the list of all rows with certain values.
     *
     * @param known the view's columns, NULL but for those whose value all rows of the list share
     */
    public Set<String> listTags(Row known) {
        return rendered(tags, known);
    }

    List<Compiled> urlTemplates() {
        return urls;
    }

    List<Compiled> tagTemplates() {
        return tags;
    }

    List<Compiled> itemTagTemplates() {
        return itemTags;
    }

    static Set<String> rendered(List<Compiled> templates, Row row) {
        Set<String> all = new LinkedHashSet<>();
        for (Compiled each : templates) {
            String text = each.render(row);
            if (text != null) {
                all.add(text);
            }
        }
        return all;
    }

    /** A template with the positions of its columns. Immutable. */
    static final class Compiled {
        private final Template template;
        private final List<Step> steps = new ArrayList<>();
        private final BitSet columns = new BitSet();

        /** Text, or the value of a column of that type. */
        private record Step(String literal, int column, SqlType type) {}

        private Compiled(Template template, List<Column> all, List<String> names) {
            this.template = template;
            for (Template.Part part : template.parts()) {
                if (part instanceof Template.Literal literal) {
                    steps.add(new Step(literal.text(), -1, null));
                } else if (part instanceof Template.Value value) {
                    int column = names.indexOf(value.column());
                    steps.add(new Step(null, column, all.get(column).type()));
                    columns.set(column);
                }
            }
        }

        Template template() {
            return template;
        }

        /** The positions of its columns. */
        BitSet columns() {
            return (BitSet) columns.clone();
        }

        /** Its text for a row; null where a column of it is NULL: then there is no such page. */
        String render(Row row) {
            StringBuilder text = new StringBuilder(32);
            for (Step step : steps) {
                if (step.literal != null) {
                    text.append(step.literal);
                    continue;
                }
                Object value = row.get(step.column);
                if (value == null) {
                    return null;
                }
                text.append(Template.encoded(template.form(), valueText(step.type, value)));
            }
            return text.toString();
        }
    }

    /** A value as a cast to text gives it, which is what applications print. */
    private static String valueText(SqlType type, Object value) {
        return switch (type.kind()) {
            case BOOLEAN -> (Boolean) value ? "true" : "false";
            case CHAR -> ((String) value).stripTrailing();
            default -> SqlText.write(type, value);
        };
    }
}
