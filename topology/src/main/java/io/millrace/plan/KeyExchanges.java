package io.millrace.plan;

import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Joins that look up one row for each of a table's rows and are wanted back where the table's rows were: photos with their
 * owners, by photo. Instead of the rows, their keys alone are sent to the other side and come back with what was looked up:
 *
 * <pre>
 *   photos ⋈ users  =  photos ⋈ (distinct(photo_id, user_id of photos) ⋈ users)    the outer join on photo_id and user_id
 * </pre>
 *
 * <p>The table's rows stay at home, so a change of a column that no join looks up by passes no exchange at all: its keys do
 * not change, and no delta of them leaves. A change of the key, and a new row, cost an exchanged record as before and a
 * distinct and an arrangement more. Rows that share a key, as a row does in two shards, are counted by the outer join
 * alone, hence the distinct. Only inner joins: an outer one would show a new row without its match until that came back.
 *
 * <p>The idea is the semi-join of distributed databases (Bernstein, Chiu: Using Semi-Joins to Solve Relational Queries, JACM
 * 28, 1981), kept incrementally. Remembers the joins of one view while it is translated.
 */
final class KeyExchanges {
    private final IdentityHashMap<PlanNode.Join, Lookup> lookups = new IdentityHashMap<>();

    /**
     * One side of a join.
     *
     * @param home its rows before they were brought to the other side's
     * @param met its rows as they are joined; the same relation if they were not moved
     * @param key the columns of {@code met} that are joined by
     */
    record Side(Relation home, Relation met, List<Integer> key) {
        private boolean moved() {
            return home.node() != met.node();
        }
    }

    /**
     * A join that looks up at most one row of {@code other} for each row of {@code own}, which was moved for it.
     *
     * @param first whether {@code own} is the left side
     */
    private record Lookup(Side own, Side other, boolean first) {
        private int ownWidth() {
            return own.met.attributes().size();
        }

        /** The place among a side's own columns of a column of the join; of the other side's from -1 downwards. */
        private int placeOf(int column) {
            int leftWidth = first ? ownWidth() : other.met.attributes().size();
            boolean ofOwn = column < leftWidth == first;
            int place = column < leftWidth ? column : column - leftWidth;
            return ofOwn ? place : -1 - place;
        }
    }

    /** Takes note of a join that was placed. */
    void remember(PlanNode.Join join, Side left, Side right) {
        if (join.padLeft() || join.padRight() || join.condition() != null) {
            return;
        }
        if (isLookup(left, right)) {
            lookups.put(join, new Lookup(left, right, true));
        } else if (isLookup(right, left)) {
            lookups.put(join, new Lookup(right, left, false));
        }
    }

    private static boolean isLookup(Side own, Side other) {
        return own.moved()
                && isTable(own.home.node())
                && own.home.keyBeside(List.of()).filter(key -> !key.isEmpty()).isPresent()
                && own.home
                        .partitioning()
                        .filter(deciding -> !deciding.isEmpty())
                        .isPresent()
                && other.met.keyBeside(other.key).filter(List::isEmpty).isPresent();
    }

    /** A table's rows or some of them: what is arranged by its key already, or once at most for this. */
    private static boolean isTable(PlanNode node) {
        return node instanceof PlanNode.Filter filter ? isTable(filter.input()) : node instanceof PlanNode.Scan;
    }

    /** The rows in the partition of those columns, if they are a look-up's and those are what its rows are at home by. */
    Optional<Relation> keptAt(Relation rows, List<Integer> columns) {
        List<Integer> wanted = columns.stream().map(rows::attribute).toList();
        return lookupOf(rows.node())
                .filter(lookup -> lookup.own.home.partitioning().orElseThrow().equals(wanted))
                .map(lookup -> keptAtHome(rows, lookup));
    }

    /** The rows where they are at home, if they are a look-up's and columns of the key decide on that. */
    Optional<Relation> keptWithin(Relation rows, List<Integer> key) {
        List<Integer> keyAttributes = key.stream().map(rows::attribute).toList();
        return lookupOf(rows.node())
                .filter(lookup ->
                        keyAttributes.containsAll(lookup.own.home.partitioning().orElseThrow()))
                .map(lookup -> keptAtHome(rows, lookup));
    }

    private Optional<Lookup> lookupOf(PlanNode node) {
        if (node instanceof PlanNode.Project project
                && project.expressions().stream().allMatch(Expression.Column.class::isInstance)) {
            return lookupOf(project.input());
        }
        return node instanceof PlanNode.Join join ? Optional.ofNullable(lookups.get(join)) : Optional.empty();
    }

    private static Relation keptAtHome(Relation rows, Lookup lookup) {
        Relation home = lookup.own.home;
        List<Integer> key = home.keyBeside(List.of()).orElseThrow();
        List<Integer> joinColumns = lookup.own.key.stream()
                .map(column -> homeColumn(lookup, column))
                .toList();
        List<Integer> partition =
                home.columnsHolding(home.partitioning().orElseThrow()).orElseThrow();
        Set<Integer> sent = new TreeSet<>(key);
        sent.addAll(joinColumns);
        sent.addAll(partition);
        List<Integer> sentColumns = List.copyOf(sent);
        List<Integer> columns = joinColumnsOf(rows.node());
        List<Integer> lookedUp = columns.stream()
                .map(lookup::placeOf)
                .filter(place -> place < 0)
                .map(place -> -1 - place)
                .distinct()
                .sorted()
                .toList();
        Relation back = lookedUp(lookup, sentColumns, joinColumns, lookedUp)
                .exchangedBy(partition.stream().map(sentColumns::indexOf).toList());
        PlanNode.Arranged homeRows = home.arrangedBy(key);
        PlanNode.Arranged backRows =
                back.arrangedBy(key.stream().map(sentColumns::indexOf).toList());
        int homeWidth = home.attributes().size();
        PlanNode.Join outer = new PlanNode.Join(
                homeRows, backRows, false, false, sameKeys(home, joinColumns, sentColumns, homeWidth));
        List<Expression> expressions = new ArrayList<>();
        for (int column : columns) {
            int place = lookup.placeOf(column);
            int position = place >= 0
                    ? homeColumn(lookup, place)
                    : homeWidth + sentColumns.size() + lookedUp.indexOf(-1 - place);
            expressions.add(new Expression.Column(
                    position, rows.node().fields().get(expressions.size()).type()));
        }
        return rows.withNode(
                        new PlanNode.Project(outer, expressions, rows.node().fields()), rows.attributes())
                .withPartitioning(home.partitioning().orElseThrow());
    }

    /** The sent columns and those that were looked up for them, at the other side's partition. */
    private static Relation lookedUp(
            Lookup lookup, List<Integer> sentColumns, List<Integer> joinColumns, List<Integer> lookedUp) {
        Relation keys = lookup.own.home.project(sentColumns).distinct();
        List<Integer> keysJoin = joinColumns.stream().map(sentColumns::indexOf).toList();
        Relation away = keys.exchangedBy(lookup.own.met.partitioning().orElseThrow().stream()
                .map(keys.attributes()::indexOf)
                .toList());
        Relation other = lookup.other.met;
        PlanNode.Join inner =
                new PlanNode.Join(away.arrangedBy(keysJoin), other.arrangedBy(lookup.other.key), false, false, null);
        List<Integer> kept = new ArrayList<>();
        for (int i = 0; i < sentColumns.size(); i++) {
            kept.add(i);
        }
        lookedUp.forEach(column -> kept.add(sentColumns.size() + column));
        return Relation.joined(inner, away, keysJoin, other, lookup.other.key).project(kept);
    }

    /** That what came back was looked up by the keys that the row has now. */
    private static Expression sameKeys(
            Relation home, List<Integer> joinColumns, List<Integer> sentColumns, int homeWidth) {
        Expression all = null;
        for (int column : joinColumns) {
            SqlType type = home.node().fields().get(column).type();
            Expression equal = new Expression.Call(
                    Function.EQUALS,
                    List.of(
                            new Expression.Column(column, type),
                            new Expression.Column(homeWidth + sentColumns.indexOf(column), type)),
                    SqlType.BOOLEAN);
            all = all == null ? equal : new Expression.Call(Function.AND, List.of(all, equal), SqlType.BOOLEAN);
        }
        return all;
    }

    private static int homeColumn(Lookup lookup, int metColumn) {
        return lookup.own.home.attributes().indexOf(lookup.own.met.attribute(metColumn));
    }

    /** For each column of a node of plain projections over a join the join's column. */
    private static List<Integer> joinColumnsOf(PlanNode node) {
        if (node instanceof PlanNode.Project project) {
            List<Integer> below = joinColumnsOf(project.input());
            return project.expressions().stream()
                    .map(expression -> below.get(((Expression.Column) expression).index()))
                    .toList();
        }
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < node.fields().size(); i++) {
            all.add(i);
        }
        return all;
    }
}
