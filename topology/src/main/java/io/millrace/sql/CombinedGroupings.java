package io.millrace.sql;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlNumericLiteral;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlUtil;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.sql.parser.SqlParserPos;

/**
 * Makes a GROUP BY of several grouping sets one list of sets, as PostgreSQL does: each set of one item with each of the next,
 * ROLLUP and CUBE within GROUPING SETS being the sets that they stand for. A set that is there again has a constant of its own
 * among its columns, since Calcite drops it else; {@link GroupingSets} takes it away.
 */
final class CombinedGroupings {
    private static final Set<SqlKind> SETS = EnumSet.of(SqlKind.ROLLUP, SqlKind.CUBE, SqlKind.GROUPING_SETS);

    /** How the constant begins that a set has which is there again. */
    static final String AGAIN = "grouped again: ";

    /** PostgreSQL's limit. */
    private static final int MOST_SETS = 4096;

    private final SqlSelect select;

    private CombinedGroupings(SqlSelect select) {
        this.select = select;
    }

    /** The select with one list of grouping sets, itself if its GROUP BY is plain already. */
    static SqlSelect combined(SqlSelect select) {
        SqlNodeList group = select.getGroup();
        if (group == null || group.stream().noneMatch(item -> SETS.contains(item.getKind()))) {
            return select;
        }
        return new CombinedGroupings(select).combined(group);
    }

    private SqlSelect combined(SqlNodeList group) {
        List<List<SqlNode>> sets = new ArrayList<>(List.of(List.of()));
        for (SqlNode item : group) {
            List<List<SqlNode>> product = new ArrayList<>();
            for (List<SqlNode> set : sets) {
                for (List<SqlNode> more : setsOf(item)) {
                    product.add(union(set, more));
                }
            }
            sets = product;
            if (sets.size() > MOST_SETS) {
                throw new Refusal(
                        item.getParserPosition(), "too many grouping sets present (maximum 4096)", "write fewer");
            }
        }
        SqlParserPos position = group.getParserPosition();
        boolean once = sets.stream().map(CombinedGroupings::key).distinct().count() == sets.size();
        boolean plain = group.size() == 1
                && ((SqlCall) group.get(0)).getOperandList().stream().noneMatch(set -> SETS.contains(set.getKind()));
        return once && plain ? select : with(list(sets, position), position);
    }

    private SqlSelect with(List<SqlNode> sets, SqlParserPos position) {
        SqlNode all = SqlStdOperatorTable.GROUPING_SETS.createCall(position, sets);
        return new SqlSelect(
                select.getParserPosition(),
                (SqlNodeList) select.getOperandList().get(0),
                select.getSelectList(),
                select.getFrom(),
                select.getWhere(),
                new SqlNodeList(List.of(all), position),
                select.getHaving(),
                select.getWindowList(),
                select.getQualify(),
                select.getOrderList(),
                select.getOffset(),
                select.getFetch(),
                select.getHints());
    }

    private static List<SqlNode> list(List<List<SqlNode>> sets, SqlParserPos position) {
        Map<Set<String>, Integer> times = new LinkedHashMap<>();
        List<SqlNode> list = new ArrayList<>();
        for (List<SqlNode> set : sets) {
            int before = times.merge(key(set), 1, Integer::sum) - 1;
            List<SqlNode> columns = new ArrayList<>(set);
            if (before > 0) {
                columns.add(SqlLiteral.createCharString(AGAIN + before, position));
            }
            list.add(columns.isEmpty() ? new SqlNodeList(position) : row(columns, position));
        }
        return list;
    }

    private static SqlNode row(List<SqlNode> columns, SqlParserPos position) {
        return columns.size() == 1 ? columns.get(0) : SqlStdOperatorTable.ROW.createCall(position, columns);
    }

    private static Set<String> key(List<SqlNode> set) {
        Set<String> key = new TreeSet<>();
        set.forEach(column -> key.add(column.toString()));
        return key;
    }

    private List<List<SqlNode>> setsOf(SqlNode item) {
        if (!SETS.contains(item.getKind())) {
            return List.of(columns(item));
        }
        List<SqlNode> parts = ((SqlCall) item).getOperandList();
        List<List<SqlNode>> sets = new ArrayList<>();
        if (item.getKind() == SqlKind.GROUPING_SETS) {
            parts.forEach(part -> sets.addAll(setsOf(part)));
            return sets;
        }
        List<List<SqlNode>> each = parts.stream().map(this::columns).toList();
        if (item.getKind() == SqlKind.ROLLUP) {
            for (int length = each.size(); length >= 0; length--) {
                sets.add(union(each.subList(0, length)));
            }
            return sets;
        }
        if (each.size() > Integer.numberOfTrailingZeros(MOST_SETS)) {
            throw new Refusal(item.getParserPosition(), "CUBE is limited to 12 elements", "write fewer");
        }
        for (int chosen = (1 << each.size()) - 1; chosen >= 0; chosen--) {
            List<List<SqlNode>> some = new ArrayList<>();
            for (int i = 0; i < each.size(); i++) {
                if ((chosen >> (each.size() - 1 - i) & 1) == 1) {
                    some.add(each.get(i));
                }
            }
            sets.add(union(some));
        }
        return sets;
    }

    /** The columns of a set that is written as one, as (a, b), or as (). */
    private List<SqlNode> columns(SqlNode written) {
        if (written instanceof SqlNodeList list) {
            return list.stream().map(this::meant).toList();
        }
        return written.getKind() == SqlKind.ROW
                ? ((SqlCall) written).getOperandList().stream().map(this::meant).toList()
                : List.of(meant(written));
    }

    /** The select item that a number stands for. */
    private SqlNode meant(SqlNode column) {
        if (column instanceof SqlNumericLiteral number && number.isInteger()) {
            int place = number.intValue(true);
            if (place < 1 || place > select.getSelectList().size()) {
                throw new Refusal(
                        number.getParserPosition(),
                        "GROUP BY position " + place + " is not in select list",
                        "name the column");
            }
            return SqlUtil.stripAs(select.getSelectList().get(place - 1));
        }
        return column;
    }

    private static List<SqlNode> union(List<List<SqlNode>> sets) {
        return sets.stream().reduce(List.of(), CombinedGroupings::union);
    }

    private static List<SqlNode> union(List<SqlNode> first, List<SqlNode> second) {
        Map<String, SqlNode> columns = new LinkedHashMap<>();
        first.forEach(column -> columns.putIfAbsent(column.toString(), column));
        second.forEach(column -> columns.putIfAbsent(column.toString(), column));
        return List.copyOf(columns.values());
    }
}
