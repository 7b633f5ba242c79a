package io.millrace.cdn;

import io.millrace.catalog.Nearest;
import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import io.millrace.plan.Plan;
import io.millrace.sql.SinkDefinition;
import io.millrace.sql.SinkOption;
import io.millrace.sql.ViewDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What is wrong with sinks of type cdn. */
public final class CdnMistakes {
    private static final Map<CdnOption, Template.Form> TEMPLATES = Map.of(
            CdnOption.URLS, Template.Form.URL,
            CdnOption.TAGS, Template.Form.TAG,
            CdnOption.ITEM_TAGS, Template.Form.TAG);

    private final SinkDefinition sink;
    private final List<UserError> mistakes = new ArrayList<>();

    private CdnMistakes(SinkDefinition sink) {
        this.sink = sink;
    }

    /** The mistakes of those of the sinks that are of this type. */
    public static List<UserError> of(List<SinkDefinition> sinks, List<ViewDefinition> views) {
        Map<String, List<String>> columns =
                views.stream().collect(Collectors.toMap(ViewDefinition::name, ViewDefinition::columnNames));
        List<UserError> mistakes = new ArrayList<>();
        for (SinkDefinition sink : sinks) {
            if (CdnSink.isOne(sink.sink())) {
                CdnMistakes found = new CdnMistakes(sink);
                found.check(columns);
                mistakes.addAll(found.mistakes);
            }
        }
        return mistakes;
    }

    /** The sinks of this type whose views have no key. */
    public static List<UserError> ofKeys(List<SinkDefinition> sinks, Plan plan) {
        List<UserError> mistakes = new ArrayList<>();
        for (SinkDefinition sink : sinks) {
            boolean counts = CdnSink.isOne(sink.sink())
                    && plan.views().stream()
                            .anyMatch(view -> view.name().equals(sink.source().name()) && view.multiset());
            if (counts) {
                CdnMistakes found = new CdnMistakes(sink);
                found.add(
                        sink.sourcePlace(),
                        "view " + sink.source().name()
                                + " has no key, so that its topic does not tell how often equal rows are there",
                        "give the view a key: select the tables' primary keys");
                mistakes.addAll(found.mistakes);
            }
        }
        return mistakes;
    }

    private void check(Map<String, List<String>> columns) {
        String source = sink.source().name();
        if (!(sink.source() instanceof SinkDefinition.OfView)) {
            add(
                    sink.sourcePlace(),
                    "sink " + sink.name() + " reads table " + source + ", but a sink of type 'cdn' reads views",
                    "define what the pages show, CREATE VIEW " + source + "_page AS SELECT ... FROM " + source
                            + ", and let the sink read that");
            return;
        }
        for (SinkOption option : sink.options()) {
            if (!option.name().equals(SinkDefinition.TYPE)) {
                check(option, columns.get(source));
            }
        }
        boolean urls = given(CdnOption.URLS);
        boolean tags = given(CdnOption.TAGS);
        if (!urls && !tags && !given(CdnOption.ITEM_TAGS)) {
            add(
                    sink.place(),
                    "sink " + sink.name() + " says neither urls nor tags, so that it would invalidate nothing",
                    "add for example urls = '/p/{" + columns.get(source).get(0) + "}' to its options");
        } else if (given(CdnOption.ITEM_TAGS) && !tags) {
            add(
                    sink.option(CdnOption.ITEM_TAGS.label()).orElseThrow().namePlace(),
                    "sink " + sink.name()
                            + " has item_tags but no tags, which alone are invalidated when a row comes or goes",
                    "call them tags, or add tags = '...' of what shows the row or lists it");
        }
        checkTimes();
    }

    private boolean given(CdnOption option) {
        return sink.option(option.label()).isPresent();
    }

    private void check(SinkOption option, List<String> columns) {
        Optional<CdnOption> meant = CdnOption.labelled(option.name());
        if (meant.isEmpty()) {
            add(
                    option.namePlace(),
                    "unknown option \"" + option.name() + "\" of a sink of type 'cdn'",
                    "did you mean " + Nearest.to(option.name(), CdnOption.labels()) + "? there are "
                            + String.join(", ", CdnOption.labels()));
        } else if (TEMPLATES.containsKey(meant.get())) {
            checkTemplates(option, TEMPLATES.get(meant.get()), columns);
        } else if (meant.get() == CdnOption.COLUMNS) {
            checkColumns(option, columns);
        } else if (!meant.get().accepts(option.value())) {
            add(
                    option.valuePlace(),
                    "option " + option.name() + " cannot be '" + option.value() + "'",
                    meant.get().documentation() + " The default is "
                            + meant.get().defaultText() + ".");
        }
    }

    private void checkTemplates(SinkOption option, Template.Form form, List<String> columns) {
        try {
            for (Template.Placed each : Template.placedList(form, option.value())) {
                for (String column : each.template().columns()) {
                    if (!columns.contains(column)) {
                        unknown(within(option, each.offsetOf(column)), column, columns);
                    }
                }
            }
        } catch (TemplateMistake e) {
            add(within(option, e.offset()), "option " + option.name() + ": " + e.getMessage(), e.hint());
        }
    }

    private void checkColumns(SinkOption option, List<String> columns) {
        int offset = 0;
        for (String each : option.value().split(",", -1)) {
            String column = each.strip();
            if (!columns.contains(column)) {
                unknown(within(option, offset + each.indexOf(column)), column, columns);
            }
            offset += each.length() + 1;
        }
    }

    private void unknown(SourcePlace place, String column, List<String> columns) {
        add(
                place,
                "view " + sink.source().name() + " has no column \"" + column + "\"",
                "did you mean " + Nearest.to(column, columns) + "? it has " + String.join(", ", columns));
    }

    private void checkTimes() {
        if (!mistakes.isEmpty()) {
            return;
        }
        CdnSink valid = CdnSink.of(sink.sink());
        if (valid.hotIntervalMs() < valid.windowMs()) {
            add(
                    sink.option(CdnOption.HOT_INTERVAL_MS.label())
                            .or(() -> sink.option(CdnOption.WINDOW_MS.label()))
                            .orElseThrow()
                            .valuePlace(),
                    "hot_interval_ms (" + valid.hotIntervalMs() + ") is less than window_ms (" + valid.windowMs()
                            + "), so that hot targets would be invalidated more often than others",
                    "make it larger; the default is " + CdnOption.HOT_INTERVAL_MS.defaultText());
        }
        List<Integer> tiers = valid.ttlSeconds();
        for (int i = 1; i < tiers.size(); i++) {
            if (tiers.get(i) <= tiers.get(i - 1)) {
                add(
                        sink.option(CdnOption.TTL_SECONDS.label()).orElseThrow().valuePlace(),
                        "ttl_seconds has " + tiers.get(i) + " after " + tiers.get(i - 1)
                                + ", but what is hotter may be kept longer, as caches are told when it changes",
                        "let the values rise, or write one value for all");
                return;
            }
        }
    }

    /** The place of a character of an option's value, which is written in one pair of quotes. */
    private static SourcePlace within(SinkOption option, int offset) {
        SourcePlace start = option.valuePlace();
        int line = start.line();
        int column = start.column() + 1;
        for (int i = 0; i < offset && i < option.value().length(); i++) {
            char c = option.value().charAt(i);
            if (c == '\n') {
                line++;
                column = 1;
            } else {
                // A quote within quotes is written twice.
                column += c == '\'' ? 2 : 1;
            }
        }
        return new SourcePlace(start.file(), line, column);
    }

    private void add(SourcePlace place, String message, String hint) {
        mistakes.add(new UserError(UserError.Category.INVALID_PIPELINE, place, message, hint));
    }
}
