package io.millrace.sql;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.SqlOrderBy;
import org.apache.calcite.sql.SqlSelect;
import org.apache.calcite.sql.SqlWindow;
import org.apache.calcite.sql.util.SqlShuttle;
import org.apache.calcite.util.Litmus;

/**
 * Puts the windows of WINDOW w AS (...) where they are named, by PostgreSQL's rules: OVER w is the window with its frame,
 * OVER (w ...) has its PARTITION BY, and its ORDER BY if it has one. Those that nobody names stay, to be validated.
 */
final class NamedWindows extends SqlShuttle {
    /** The place of WINDOW among the parts of a SELECT. */
    private static final int WINDOWS = 6;

    private final Deque<Named> open = new ArrayDeque<>();

    /** The windows of one SELECT, and which of them are used. */
    private record Named(Map<String, SqlWindow> windows, Set<String> used) {}

    @Override
    public SqlNode visit(SqlCall call) {
        if (call instanceof SqlOrderBy ordered && ordered.query instanceof SqlSelect select) {
            open.push(named(select));
            SqlNodeList order = (SqlNodeList) ordered.orderList.accept(this);
            Set<String> used = open.pop().used;
            SqlNode query = visit(select, used);
            return new SqlOrderBy(ordered.getParserPosition(), query, order, ordered.offset, ordered.fetch);
        }
        if (call instanceof SqlSelect select) {
            return visit(select, Set.of());
        }
        if (call.getKind() == SqlKind.OVER) {
            SqlNode over = call.operand(1);
            SqlNode function = call.<SqlNode>operand(0).accept(this);
            SqlNode window = over instanceof SqlIdentifier name ? copy(name) : resolved((SqlWindow) over, open.peek());
            return call.getOperator().createCall(call.getParserPosition(), function, window.accept(this));
        }
        return super.visit(call);
    }

    private SqlNode visit(SqlSelect select, Set<String> usedOutside) {
        Named named = named(select);
        named.used.addAll(usedOutside);
        open.push(named);
        SqlSelect withoutWindows = (SqlSelect) select.clone(select.getParserPosition());
        withoutWindows.setOperand(WINDOWS, SqlNodeList.EMPTY);
        SqlSelect visited = (SqlSelect) super.visit((SqlCall) withoutWindows);
        open.pop();
        SqlNodeList unused = new SqlNodeList(select.getWindowList().getParserPosition());
        named.windows.forEach((name, window) -> {
            SqlWindow unframed = WindowCalls.unframed(window);
            // Calcite takes none twice.
            if (!named.used.contains(name)
                    && unused.stream().noneMatch(other -> unframed.equalsDeep(other, Litmus.IGNORE))) {
                unused.add(unframed);
            }
        });
        visited.setOperand(WINDOWS, unused);
        return visited;
    }

    private static Named named(SqlSelect select) {
        Named named = new Named(new LinkedHashMap<>(), new HashSet<>());
        for (SqlNode each : select.getWindowList()) {
            SqlWindow window = (SqlWindow) each;
            SqlIdentifier name = window.getDeclName();
            if (named.windows.put(name.getSimple(), resolved(window, named)) != null) {
                throw new Refusal(
                        name.getParserPosition(),
                        "window \"" + name.getSimple() + "\" is already defined",
                        "give each window a name of its own");
            }
        }
        return named;
    }

    private SqlNode copy(SqlIdentifier name) {
        SqlWindow copy = (SqlWindow) ValuesByAlias.copy(window(name, open.peek()));
        copy.setOperand(0, null);
        return copy;
    }

    private static SqlWindow window(SqlIdentifier name, Named named) {
        SqlWindow window = named == null ? null : named.windows.get(name.getSimple());
        if (window == null) {
            throw new Refusal(
                    name.getParserPosition(),
                    "window \"" + name.getSimple() + "\" does not exist",
                    "define it behind HAVING: WINDOW " + name.getSimple() + " AS (PARTITION BY ...)");
        }
        named.used.add(name.getSimple());
        return window;
    }

    /** The window with what it takes from the one that it names. */
    private static SqlWindow resolved(SqlWindow window, Named named) {
        SqlIdentifier name = window.getRefName();
        if (name == null) {
            return window;
        }
        SqlWindow base = (SqlWindow) ValuesByAlias.copy(window(name, named));
        boolean ordered = !base.getOrderList().isEmpty();
        if (!window.getPartitionList().isEmpty()) {
            throw refusal(name, "cannot override PARTITION BY clause of window \"");
        }
        if (ordered && !window.getOrderList().isEmpty()) {
            throw refusal(name, "cannot override ORDER BY clause of window \"");
        }
        if (base.getLowerBound() != null || base.getUpperBound() != null) {
            throw new Refusal(
                    name.getParserPosition(),
                    "cannot copy window \"" + name.getSimple() + "\" because it has a frame clause",
                    "name it without parentheses, or define it without a frame");
        }
        SqlWindow resolved = (SqlWindow) window.clone(window.getParserPosition());
        resolved.setOperand(1, null);
        resolved.setPartitionList(base.getPartitionList());
        resolved.setOrderList(ordered ? base.getOrderList() : window.getOrderList());
        return resolved;
    }

    private static Refusal refusal(SqlIdentifier name, String mistake) {
        return new Refusal(name.getParserPosition(), mistake + name.getSimple() + "\"", "define another window");
    }
}
