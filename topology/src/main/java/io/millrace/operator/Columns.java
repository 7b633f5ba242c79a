package io.millrace.operator;

import io.millrace.catalog.SqlType;
import io.millrace.plan.PlanNode;
import io.millrace.row.Row;
import java.util.List;

/** Columns of a node by position. */
final class Columns {
    private Columns() {}

    static int[] positions(List<Integer> columns) {
        return columns.stream().mapToInt(Integer::intValue).toArray();
    }

    static List<SqlType> types(PlanNode node, List<Integer> columns) {
        return columns.stream().map(column -> node.fields().get(column).type()).toList();
    }

    static boolean anyNull(Row row, int[] columns) {
        for (int column : columns) {
            if (row.get(column) == null) {
                return true;
            }
        }
        return false;
    }
}
