package io.millrace.serve;

import io.millrace.plan.PlanNode;
import io.millrace.plan.SortColumn;
import io.millrace.row.Row;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntBiFunction;

/**
 * What caches are told of a view's answers: the tags by which the view's sinks of type cdn have them forget what shows its rows, and
 * whether they may keep the answer until then, which shows all columns; else they have to ask each time. Immutable.
 *
 * <p>A row is altered by its own changes, and each of these invalidates one of its tags. That a row is missing ends when it comes,
 * which invalidates all its tags: those of columns of the key alone can be told beforehand. Rows that begin with the same values
 * are altered by each row's changes, and by those that come and go, which invalidate the tags that are of those values alone. If not
 * all such rows are shown, one may move into what is shown by a change of a column of the order: that is the key, or an index, whose
 * columns' changes invalidate all tags, as if the row went and came.
 *
 * <p>An answer has tags only where they tell of all that can change in it, as far as it is in columns that the sinks name. So whoever
 * makes a page of it may have caches keep that under the same tags.
 */
final class ViewCaching {
    /** More than that fits in no cache's limits on fields; then it has to ask. */
    static final int MOST_TAGS_LENGTH = 7_000;

    private final PlanNode.View view;
    private final List<CachingSink> sinks;
    private final Policy policy;

    /**
     * What caches may do with what they may keep.
     *
     * @param browserSeconds for how long a reader's own cache may, which nobody can tell of a change
     * @param staleSeconds for how long past its time an answer may be given while a new one is fetched
     * @param hotSeconds for how long a sink, by its name, lets them keep what carries tags, separated by spaces, of which one is hot; 0
     *     if none is
     */
    record Policy(int browserSeconds, int staleSeconds, ToIntBiFunction<String, String> hotSeconds) {
        /** What is done unless a pipeline says otherwise. */
        static final Policy DEFAULT = new Policy(0, 10, (sink, tags) -> 0);

        String control(int seconds) {
            String control = "public, max-age=" + browserSeconds + ", s-maxage=" + seconds;
            return staleSeconds == 0 ? control : control + ", stale-while-revalidate=" + staleSeconds;
        }
    }

    ViewCaching(PlanNode.View view, List<CachingSink> sinks, Policy policy) {
        this.view = view;
        // Of rows without a key no sink tells how often they are there.
        this.sinks = view.multiset()
                ? List.of()
                : sinks.stream().filter(CachingSink::hasTags).toList();
        this.policy = policy;
    }

    /** Of a row that is shown. */
    Caching row(Row row) {
        String tags = tagsOf(row);
        return tags == null ? Caching.ASK : caching(tags, sinks, ofAllColumns(sinks));
    }

    /** Of a key, with values for all its columns, that no row has. */
    Caching missing(Object[] key) {
        Row known = known(view.key(), key);
        // That a row comes is told whatever columns count.
        List<CachingSink> telling =
                sinks.stream().filter(sink -> sink.hasListTag(known)).toList();
        return telling.isEmpty()
                ? Caching.NO_STORE
                : caching(String.join(" ", listTags(telling, known)), telling, telling);
    }

    /**
     * Of rows that begin with the same values, all or some of them.
     *
     * @param order what they are asked for by
     * @param prefix the values
     * @param tagsOfRows the tags of those that are shown; null if one of them has none
     */
    Caching page(PlanNode.Served order, Object[] prefix, Collection<String> tagsOfRows) {
        if (sinks.isEmpty() || tagsOfRows == null) {
            return Caching.ASK;
        }
        List<Integer> columns = order.order().stream().map(SortColumn::column).toList();
        Row known = known(columns.subList(0, prefix.length), prefix);
        List<CachingSink> telling =
                sinks.stream().filter(sink -> sink.hasListTag(known)).toList();
        if (telling.isEmpty()) {
            return Caching.ASK;
        }
        Set<String> tags = listTags(telling, known);
        tags.addAll(tagsOfRows);
        return caching(String.join(" ", tags), telling, ofAllColumns(telling));
    }

    /** A row's tags by all sinks, separated by spaces; null if it has none, or lacks one without which caches cannot keep what shows it. */
    String tagsOf(Row row) {
        if (sinks.isEmpty() || !sinks.stream().allMatch(sink -> sink.allTagsExist(row))) {
            return null;
        }
        Set<String> tags = new LinkedHashSet<>();
        sinks.forEach(sink -> tags.addAll(sink.templates().tags(row)));
        return String.join(" ", tags);
    }

    private static List<CachingSink> ofAllColumns(List<CachingSink> sinks) {
        return sinks.stream().filter(CachingSink::ofAllColumns).toList();
    }

    private static Set<String> listTags(List<CachingSink> telling, Row known) {
        Set<String> tags = new LinkedHashSet<>();
        telling.forEach(sink -> tags.addAll(sink.templates().listTags(known)));
        return tags;
    }

    private Caching caching(String tags, List<CachingSink> telling, List<CachingSink> keeping) {
        if (tags.length() > MOST_TAGS_LENGTH) {
            return Caching.ASK;
        }
        return keeping.isEmpty()
                ? Caching.ask(tags, keepSeconds(telling, tags))
                : keptFor(keepSeconds(keeping, tags), tags);
    }

    private Caching keptFor(int seconds, String tags) {
        return new Caching(policy.control(seconds), tags, seconds);
    }

    /** For as long as each of them lets caches keep it: a sink knows of its own tags how hot they are. */
    private int keepSeconds(List<CachingSink> some, String tags) {
        return some.stream()
                .mapToInt(sink -> Math.max(sink.ttlSeconds(), policy.hotSeconds.applyAsInt(sink.name(), tags)))
                .min()
                .orElse(0);
    }

    /** A row of which some columns are known; not those whose values rows may have in another way of writing them. */
    private Row known(List<Integer> columns, Object[] values) {
        Object[] all = new Object[view.fields().size()];
        for (int i = 0; i < values.length; i++) {
            int column = columns.get(i);
            if (!view.types().get(column).manyForms()) {
                all[column] = values[i];
            }
        }
        return Row.of(all);
    }
}
