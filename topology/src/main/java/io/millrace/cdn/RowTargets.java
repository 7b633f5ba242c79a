package io.millrace.cdn;

import io.millrace.catalog.Column;
import io.millrace.plan.ViewDependencies;
import io.millrace.row.Row;
import io.millrace.schemas.Invalidation.TargetKind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a change of a view's row invalidates, by a sink of type cdn:
 *
 * <ul>
 *   <li>A row that comes or goes: its URLs and its tags.
 *   <li>A row of which columns change that count: the URLs of the old and of the new row; and of its tags as few as tell of the change.
 *       Every page that shows the row carries all of its tags, so any of them that stays the same would do; the one is taken whose
 *       columns determine all that has changed, so that every page with this tag has changed, and of several such tags the most general
 *       one, so that all rows that change alike have it in common: the photos of a user who is renamed are one tag, the user's.
 *   <li>A row that moves, as a column changes that a tag's template names or that lists are ordered by: all tags of the old and of the
 *       new row, for lists that it leaves or comes into do not carry its own.
 * </ul>
 *
 * Used by one thread.
 */
public final class RowTargets {
    private static final int MOST_NAMED = 5;
    private static final int MOST_COVERINGS = 1_000;

    private final List<Column> columns;
    private final ViewTemplates templates;
    private final BitSet counting;
    private final BitSet moving = new BitSet();
    private final ViewDependencies dependencies;
    private final List<ViewTemplates.Compiled> all;

    /** By the columns that changed, of which there are few combinations as a rule. */
    private final Map<BitSet, List<ViewTemplates.Compiled>> coverings = new HashMap<>();

    /**
     * The targets of rows of a version of a view.
     *
     * @param columns that version's columns
     * @param ordering the positions of columns by which lists of the view are ordered
     * @param dependencies what of them determines what
     */
    public RowTargets(CdnSink sink, List<Column> columns, Set<Integer> ordering, ViewDependencies dependencies) {
        this.columns = List.copyOf(columns);
        this.templates = ViewTemplates.of(sink, columns);
        this.dependencies = dependencies;
        this.all = new ArrayList<>(templates.tagTemplates());
        all.addAll(templates.itemTagTemplates());
        this.counting = counting(sink, columns);
        all.forEach(template -> moving.or(template.columns()));
        ordering.forEach(moving::set);
        counting.or(moving);
        templates.urlTemplates().forEach(template -> counting.or(template.columns()));
    }

    private static BitSet counting(CdnSink sink, List<Column> columns) {
        BitSet counting = new BitSet();
        for (int i = 0; i < columns.size(); i++) {
            if (sink.columns().isEmpty()
                    || sink.columns().contains(columns.get(i).name())) {
                counting.set(i);
            }
        }
        return counting;
    }

    /**
     * What a change invalidates. Immutable.
     *
     * @param targets each once; none where nothing changed that counts
     * @param reason what changed, for people
     */
    public record Invalidated(List<Target> targets, String reason) {
        public Invalidated {
            targets = List.copyOf(targets);
        }
    }

    /**
     * What a change invalidates.
     *
     * @param before the row so far, or null
     * @param after the row from now on, or null; not both are null
     */
    public Invalidated of(Row before, Row after) {
        if (before == null || after == null) {
            Row row = after == null ? before : after;
            return invalidated(before, after, ofWhereItIs(row), after == null ? "delete" : "insert");
        }
        BitSet changed = changed(before, after);
        if (changed.isEmpty()) {
            return new Invalidated(List.of(), "");
        }
        return invalidated(before, after, tags(before, after, changed), "update of " + names(changed));
    }

    /**
     * Compared to the last digit and letter, not as SQL does: 1.0 and 1.00 are equal, but a page shows the one or the other.
     */
    private BitSet changed(Row before, Row after) {
        BitSet changed = new BitSet();
        int[] one = new int[1];
        counting.stream().forEach(column -> {
            one[0] = column;
            if (!before.equalIn(one, after)) {
                changed.set(column);
            }
        });
        return changed;
    }

    private Set<String> tags(Row before, Row after, BitSet changed) {
        if (changed.intersects(moving)) {
            Set<String> tags = ofWhereItIs(before);
            tags.addAll(ofWhereItIs(after));
            return tags;
        }
        return covering(after, changed);
    }

    /** The tags of where a row is shown at all; those of the row itself where it has no others, as columns are NULL. */
    private Set<String> ofWhereItIs(Row row) {
        Set<String> tags = ViewTemplates.rendered(templates.tagTemplates(), row);
        return tags.isEmpty() ? ViewTemplates.rendered(templates.itemTagTemplates(), row) : tags;
    }

    /** The tags that tell of changed columns, none of which a tag's template names. */
    private Set<String> covering(Row row, BitSet changed) {
        List<ViewTemplates.Compiled> usable =
                all.stream().filter(template -> template.render(row) != null).toList();
        if (usable.size() < all.size()) {
            return ViewTemplates.rendered(covering(usable, changed), row);
        }
        if (coverings.size() > MOST_COVERINGS) {
            coverings.clear();
        }
        return ViewTemplates.rendered(coverings.computeIfAbsent(changed, any -> covering(usable, changed)), row);
    }

    private List<ViewTemplates.Compiled> covering(List<ViewTemplates.Compiled> usable, BitSet changed) {
        List<ViewTemplates.Compiled> ofAll = determining(usable, changed);
        if (!ofAll.isEmpty()) {
            return List.of(mostGeneral(ofAll));
        }
        List<ViewTemplates.Compiled> ofLists =
                usable.stream().filter(templates.tagTemplates()::contains).toList();
        Set<ViewTemplates.Compiled> chosen = new LinkedHashSet<>();
        for (int column = changed.nextSetBit(0); column >= 0; column = changed.nextSetBit(column + 1)) {
            BitSet one = new BitSet();
            one.set(column);
            List<ViewTemplates.Compiled> ofOne = determining(usable, one);
            if (ofOne.isEmpty()) {
                chosen.addAll(ofLists.isEmpty() ? usable : ofLists);
            } else {
                chosen.add(mostGeneral(ofOne));
            }
        }
        return List.copyOf(chosen);
    }

    private List<ViewTemplates.Compiled> determining(List<ViewTemplates.Compiled> usable, BitSet changed) {
        return usable.stream()
                .filter(template -> determines(template.columns(), changed))
                .toList();
    }

    /** The first that no other is more general than. */
    private ViewTemplates.Compiled mostGeneral(List<ViewTemplates.Compiled> some) {
        return some.stream()
                .filter(each -> some.stream()
                        .noneMatch(other -> determines(each.columns(), other.columns())
                                && !determines(other.columns(), each.columns())))
                .findFirst()
                .orElseThrow();
    }

    private boolean determines(BitSet some, BitSet others) {
        BitSet missing = (BitSet) others.clone();
        missing.andNot(dependencies.determinedBy(some));
        return missing.isEmpty();
    }

    private Invalidated invalidated(Row before, Row after, Set<String> tags, String reason) {
        List<Target> targets = new ArrayList<>();
        tags.forEach(tag -> targets.add(Target.tag(tag)));
        urls(before, after, tags).forEach((url, tagged) -> targets.add(new Target(TargetKind.URL, url, tagged)));
        return new Invalidated(targets, reason);
    }

    /**
     * The URLs of both rows, each with whether whatever is cached under it carries one of those tags. A page that showed the old row
     * carries all of its tags. What is under a URL that is new to the row did not show it: there may be nobody's page, or another row's.
     */
    private Map<String, Boolean> urls(Row before, Row after, Set<String> tags) {
        Map<String, Boolean> urls = new LinkedHashMap<>();
        if (before != null) {
            boolean carried = templates.tags(before).stream().anyMatch(tags::contains);
            templates.urls(before).forEach(url -> urls.put(url, carried));
        }
        if (after != null) {
            Set<String> old = Set.copyOf(urls.keySet());
            for (ViewTemplates.Compiled url : templates.urlTemplates()) {
                String text = url.render(after);
                if (text != null && !old.contains(text)) {
                    urls.merge(text, carriesWithoutRow(url, after, tags), Boolean::logicalAnd);
                }
            }
        }
        return urls;
    }

    /** Whether a page carries one of those tags though the row is not on it: one that follows from what is in its URL. */
    private boolean carriesWithoutRow(ViewTemplates.Compiled url, Row row, Set<String> tags) {
        return templates.tagTemplates().stream().anyMatch(tag -> {
            BitSet unknown = tag.columns();
            boolean isOfAll = unknown.isEmpty();
            unknown.andNot(url.columns());
            return !isOfAll && unknown.isEmpty() && tags.contains(tag.render(row));
        });
    }

    private String names(BitSet changed) {
        String names = changed.stream()
                .limit(MOST_NAMED)
                .mapToObj(column -> columns.get(column).name())
                .collect(Collectors.joining(", "));
        int more = changed.cardinality() - MOST_NAMED;
        return more > 0 ? names + " and " + more + " more" : names;
    }
}
