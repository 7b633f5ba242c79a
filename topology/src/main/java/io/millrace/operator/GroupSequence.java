package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.operator.aggregate.SequenceResult;
import io.millrace.plan.AggregateCall;
import io.millrace.plan.SortColumn;
import io.millrace.row.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * string_agg, array_agg, json_agg, a percentile and the like of each group: what is made of the values in an order. Where none is asked for, in that of the values, since
 * PostgreSQL then leaves it open and the result must not change by itself.
 *
 * <p>State: {@link OrderedGroups}, a group's key being followed by the call's number. Cost of a change: a read, a write, and two
 * scans of the group's values, from which the result is made.
 */
final class GroupSequence {
    private final AggregateCall call;
    private final int number;
    private final int[] columns;
    private final int second;
    private final OrderedGroups groups;
    private final SequenceResult result;

    /**
     * The values of one call.
     *
     * @param number the call's place among those of its aggregate
     * @param types of the aggregate's input
     */
    GroupSequence(State state, int number, AggregateCall call, List<SqlType> types) {
        this.call = call;
        this.number = number;
        List<Integer> kept = new ArrayList<>(List.of(call.column()));
        this.second =
                call.sequence().second() < 0 ? -1 : placeOf(call.sequence().second(), kept);
        List<SortColumn> order = new ArrayList<>();
        for (SortColumn each : call.sequence().order()) {
            order.add(new SortColumn(placeOf(each.column(), kept), each.descending(), each.nullsFirst()));
        }
        if (order.isEmpty() || call.distinct()) {
            for (int argument = 0; argument <= Math.max(0, second); argument++) {
                int place = argument;
                boolean sorted = order.stream().anyMatch(each -> each.column() == place);
                if (!sorted && types.get(kept.get(place)).ordered()) {
                    order.add(new SortColumn(place, false, false));
                }
            }
        }
        this.columns = kept.stream().mapToInt(Integer::intValue).toArray();
        List<SqlType> keptTypes = kept.stream().map(types::get).toList();
        this.groups = new OrderedGroups(state, keptTypes, List.of(), order);
        // The same column may be both arguments, which is kept once.
        this.result = second < 0
                ? SequenceResult.of(call, keptTypes)
                : ofBoth(SequenceResult.of(call, List.of(keptTypes.get(0), keptTypes.get(second))));
    }

    private SequenceResult ofBoth(SequenceResult made) {
        return rows -> made.of(
                rows.stream().map(row -> Row.of(row.get(0), row.get(second))).toList());
    }

    private static int placeOf(int column, List<Integer> kept) {
        if (!kept.contains(column)) {
            kept.add(column);
        }
        return kept.indexOf(column);
    }

    /** Changes how many times a row is among the group's. */
    void add(byte[] groupKey, Row row, long weight) {
        int filter = call.sequence().filter();
        boolean left = filter >= 0 && !Boolean.TRUE.equals(row.get(filter))
                || call.function().passesOverNull() && row.get(call.column()) == null;
        if (!left) {
            groups.add(keyOf(groupKey), row.project(columns), weight);
        }
    }

    /** What the group's values make; null if it has none. */
    Object result(byte[] groupKey) {
        List<Row> rows = new ArrayList<>();
        byte[][] last = {null};
        groups.scan(keyOf(groupKey), row -> {
            if (!call.distinct()) {
                for (long copy = 0; copy < row.weight(); copy++) {
                    rows.add(row.row());
                }
                return true;
            }
            byte[] place = groups.placeOf(row.row());
            if (!Arrays.equals(place, last[0])) {
                rows.add(row.row());
                last[0] = place;
            }
            return true;
        });
        return rows.isEmpty() ? null : result.of(rows);
    }

    private byte[] keyOf(byte[] groupKey) {
        byte[] key = Arrays.copyOf(groupKey, groupKey.length + 1);
        key[groupKey.length] = (byte) number;
        return key;
    }
}
