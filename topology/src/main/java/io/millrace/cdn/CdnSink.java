package io.millrace.cdn;

import io.millrace.sql.Sink;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A sink of type cdn: what of a view's changes becomes an invalidation, and how often. Immutable.
 *
 * @param name its name
 * @param view the view that it reads
 * @param urls templates of the pages that show a row
 * @param tags templates of the tags of what shows a row, or a list in which it is
 * @param itemTags templates of tags that only what shows the row itself carries: they are not invalidated when it comes or goes
 * @param columns only their changes count; all do where there are none
 * @param windowMs how long the first change of a target waits for others
 * @param hotChanges so many changes of a target within a second make it hot
 * @param hotIntervalMs a hot target is purged when it was quiet for a while, at the latest so long after its first change
 * @param massIntervalMs for so long the rows of one change of the source are waited for at most, however many they are
 * @param ttlSeconds for how long caches may keep a target, by how hot it is; the first if it is not
 */
public record CdnSink(
        String name,
        String view,
        List<Template> urls,
        List<Template> tags,
        List<Template> itemTags,
        List<String> columns,
        int windowMs,
        int hotChanges,
        int hotIntervalMs,
        int massIntervalMs,
        List<Integer> ttlSeconds) {
    /** What {@code type} says. */
    public static final String TYPE = "cdn";

    /** Rows that are put together on their way come a few ticks apart, each of which is 10 ms. */
    private static final int LEAST_QUIET_MS = 50;

    /** A tier begins at so many times the changes of the one before. */
    private static final int TIER_FACTOR = 10;

    public CdnSink {
        urls = List.copyOf(urls);
        tags = List.copyOf(tags);
        itemTags = List.copyOf(itemTags);
        columns = List.copyOf(columns);
        ttlSeconds = List.copyOf(ttlSeconds);
    }

    /** The application that runs a pipeline's sinks of this type, which is its consumer group, too. */
    public static String group(String pipeline) {
        return pipeline + "-cdn";
    }

    /** Whether a sink is of this type. */
    public static boolean isOne(Sink sink) {
        return sink.type().equals(TYPE);
    }

    /** What a sink of type cdn says whose options are valid. */
    public static CdnSink of(Sink sink) {
        Map<String, String> options = sink.options();
        return new CdnSink(
                sink.name(),
                sink.source(),
                templates(Template.Form.URL, options.get(CdnOption.URLS.label())),
                templates(Template.Form.TAG, options.get(CdnOption.TAGS.label())),
                templates(Template.Form.TAG, options.get(CdnOption.ITEM_TAGS.label())),
                list(options.get(CdnOption.COLUMNS.label())),
                number(options, CdnOption.WINDOW_MS),
                number(options, CdnOption.HOT_CHANGES),
                number(options, CdnOption.HOT_INTERVAL_MS),
                Math.max(number(options, CdnOption.HOT_INTERVAL_MS), number(options, CdnOption.MASS_INTERVAL_MS)),
                list(options.getOrDefault(CdnOption.TTL_SECONDS.label(), CdnOption.TTL_SECONDS.defaultText())).stream()
                        .map(Integer::valueOf)
                        .toList());
    }

    /** Stands for a sink that is not deployed any more, of which something is pending. */
    static CdnSink removed(String name) {
        return of(new Sink(name, TYPE, "", Optional.empty(), Map.of()));
    }

    private static List<Template> templates(Template.Form form, String list) {
        try {
            return list == null ? List.of() : Template.list(form, list);
        } catch (TemplateMistake e) {
            throw new IllegalArgumentException("the templates '" + list + "' were not checked", e);
        }
    }

    static List<String> list(String text) {
        return text == null || text.isBlank()
                ? List.of()
                : Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    }

    private static int number(Map<String, String> options, CdnOption option) {
        return Integer.parseInt(
                options.getOrDefault(option.label(), option.defaultText()).strip());
    }

    /** How long a target that was changed often has to be quiet before it is purged. */
    int quietMs() {
        return Math.max(LEAST_QUIET_MS, Math.min(10 * windowMs, hotIntervalMs));
    }

    /** For how long caches may keep a target of so many changes a second; the first is of what is not hot. */
    int ttlSeconds(int changesPerSecond) {
        int tier = 0;
        for (long from = hotChanges; tier + 1 < ttlSeconds.size() && changesPerSecond >= from; from *= TIER_FACTOR) {
            tier++;
        }
        return ttlSeconds.get(tier);
    }
}
