package io.millrace.plan;

import io.millrace.catalog.Deduplication;
import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Prints plans for people: {@code millrace explain} and the golden files of the planner's tests. */
public final class PlanPrinter {
    private final Plan plan;
    private final Set<PlanNode> printed = Collections.newSetFromMap(new IdentityHashMap<>());
    private final StringBuilder text = new StringBuilder();

    private PlanPrinter(Plan plan) {
        this.plan = plan;
    }

    /**
     * One view's plan as an indented tree: the view first, its inputs below; a shared node's inputs are printed once. Then
     * its indexes likewise.
     */
    public static String explain(Plan plan, PlanNode.View view) {
        PlanPrinter printer = new PlanPrinter(plan);
        printer.print(view, 0);
        plan.indexes(view).forEach(index -> printer.print(index, 0));
        printer.appendCost(view);
        return printer.text.toString();
    }

    /** A node's kind, as names of stores and topics begin: {@code join}, {@code arrange}. */
    static String kind(PlanNode node) {
        return node.getClass().getSimpleName().toLowerCase(Locale.ROOT);
    }

    /** A node in one line, without its inputs. */
    static String describe(PlanNode node) {
        if (node instanceof PlanNode.Scan scan) {
            return "Scan " + scan.table().name() + " ("
                    + names(scan, positions(scan.fields().size())) + ")"
                    + (scan.unique()
                            ? " by " + names(scan, scan.key())
                            : scan.table().appendOnly() ? " events" : " without a key");
        } else if (node instanceof PlanNode.Deduplicate deduplicate) {
            return "Deduplicate by " + names(node, List.of(deduplicate.id())) + " for "
                    + Deduplication.forText(deduplicate.forMicros());
        } else if (node instanceof PlanNode.Values values) {
            return values.rows().isEmpty()
                    ? "Nothing"
                    : "Values "
                            + values.rows().stream()
                                    .map(row -> row.stream()
                                            .map(Expression::toString)
                                            .collect(Collectors.joining(", ", "(", ")")))
                                    .collect(Collectors.joining(", "));
        } else if (node instanceof PlanNode.Filter filter) {
            return "Filter " + named(filter.condition(), filter.fields());
        } else if (node instanceof PlanNode.TemporalFilter filter) {
            List<Field> fields = new ArrayList<>(filter.fields());
            fields.add(new Field("now()", SqlType.TIMESTAMPTZ));
            return "TemporalFilter " + (filter.leaves() ? "while " : "once ") + named(filter.condition(), fields);
        } else if (node instanceof PlanNode.Project project) {
            List<String> columns = new ArrayList<>();
            for (int i = 0; i < project.expressions().size(); i++) {
                String expression =
                        named(project.expressions().get(i), project.input().fields());
                String name = project.fields().get(i).name();
                columns.add(expression.equals(name) ? name : expression + " AS " + name);
            }
            return "Project " + String.join(", ", columns);
        } else if (node instanceof PlanNode.FunctionRows rows) {
            String function = rows.function().name().toLowerCase(Locale.ROOT);
            boolean jsonb = rows.arguments().get(0).type().kind() == SqlType.Kind.JSONB;
            List<Field> input = rows.input().fields();
            return (rows.padded() ? "RowsOrNone " : "Rows ")
                    + (jsonb ? function.replaceFirst("^json", "jsonb") : function)
                    + rows.arguments().stream()
                            .map(argument -> named(argument, input))
                            .collect(Collectors.joining(", ", "(", ")"))
                    + (rows.ordinality() ? " numbered" : "")
                    + rows.columns().stream().map(Field::name).collect(Collectors.joining(", ", " AS ", ""))
                    + (rows.kept().isEmpty() ? "" : " beside " + names(rows.input(), rows.kept()));
        } else if (node instanceof PlanNode.Exchange exchange) {
            return exchange.key().isEmpty()
                    ? "Exchange to one partition"
                    : "Exchange by " + names(node, exchange.key());
        } else if (node instanceof PlanNode.Arrange arrange) {
            return "Arrange by " + names(node, arrange.key())
                    + (arrange.unique() ? " (unique)" : ", rows told by " + names(node, arrange.identity()));
        } else if (node instanceof PlanNode.Join join) {
            String type = join.padLeft()
                    ? (join.padRight() ? "FullJoin" : "LeftJoin")
                    : join.padRight() ? "RightJoin" : "Join";
            List<String> equalities = new ArrayList<>();
            for (int i = 0; i < join.left().key().size(); i++) {
                equalities.add(join.left()
                                .fields()
                                .get(join.left().key().get(i))
                                .name() + " = "
                        + join.right().fields().get(join.right().key().get(i)).name());
            }
            return type + " on " + String.join(" AND ", equalities)
                    + (join.condition() == null ? "" : " where " + named(join.condition(), join.fields()));
        } else if (node instanceof PlanNode.Aggregate aggregate) {
            if (aggregate.calls().isEmpty()) {
                return "Distinct " + names(aggregate.input(), aggregate.group());
            }
            List<Field> input = aggregate.input().fields();
            String calls = aggregate.calls().stream()
                    .map(call -> named(call.toString(), input))
                    .collect(Collectors.joining(", "));
            return "Aggregate " + calls
                    + (aggregate.group().isEmpty()
                            ? " over all"
                            : " by " + names(aggregate.input(), aggregate.group()));
        } else if (node instanceof PlanNode.Top top) {
            String last = top.limit() == Long.MAX_VALUE - top.offset() ? "last" : "" + (top.offset() + top.limit());
            return "Top " + (top.offset() == 0 ? "" : top.offset() + 1 + " to ") + last
                    + (top.group().isEmpty() ? "" : " of each " + names(top, top.group()))
                    + (top.order().isEmpty() ? "" : " by " + order(top, top.order()));
        } else if (node instanceof PlanNode.Window window) {
            return "Window "
                    + window.calls().stream()
                            .map(call -> named(call.toString(), window.input().fields()))
                            .collect(Collectors.joining(", "))
                    + (window.last() == Long.MAX_VALUE ? "" : " up to " + window.last())
                    + (window.group().isEmpty() ? " over all" : " of each " + names(window, window.group()))
                    + (window.order().isEmpty() ? "" : " by " + order(window, window.order()));
        } else if (node instanceof PlanNode.UnionAll) {
            return "UnionAll";
        } else if (node instanceof PlanNode.SetOperation operation) {
            return switch (operation.kind()) {
                case INTERSECT_ALL -> "IntersectAll";
                case EXCEPT_ALL -> "ExceptAll";
            };
        } else if (node instanceof PlanNode.View view) {
            return "View " + view.name()
                    + switch (view.keyOrigin()) {
                        case PROVEN -> " by " + names(view, view.key());
                        case DECLARED -> " by " + names(view, view.key()) + " (declared)";
                        case WHOLE_ROW -> " (multiset)";
                    }
                    + ", partitioned by " + partitionKey(view);
        } else if (node instanceof PlanNode.Index index) {
            // Without its name: a renamed index keeps its state.
            return "Index by " + order(index, index.order()) + ", partitioned by " + partitionKey(index);
        }
        throw new IllegalStateException("unknown node " + node);
    }

    private void print(PlanNode node, int depth) {
        text.append("  ".repeat(depth)).append(describe(node));
        boolean again = !printed.add(node);
        String marker = annotations(node);
        if (!marker.isEmpty()) {
            text.append("  [").append(marker).append(']');
        }
        if (again && !node.inputs().isEmpty()) {
            text.append("  (shown above)");
        }
        text.append('\n');
        if (!again) {
            node.inputs().forEach(input -> print(input, depth + 1));
        }
    }

    private String annotations(PlanNode node) {
        List<String> marks = new ArrayList<>();
        if (node instanceof PlanNode.Index index) {
            marks.add(index.name());
        }
        if (node instanceof PlanNode.Exchange) {
            marks.add("topic " + plan.name(node));
        } else if (PlanState.keepsState(node)) {
            marks.add("state " + plan.name(node));
        }
        if (plan.viewsOf(node).size() > 1 && !(node instanceof PlanNode.Served)) {
            marks.add("shared by " + String.join(", ", plan.viewsOf(node)));
        }
        return String.join("; ", marks);
    }

    private void appendCost(PlanNode.View view) {
        List<PlanNode> nodes = plan.nodes().stream()
                .filter(node -> plan.viewsOf(node).contains(view.name()))
                .toList();
        long exchanges =
                nodes.stream().filter(PlanNode.Exchange.class::isInstance).count();
        long stores = nodes.stream().filter(PlanState::keepsState).count();
        text.append("\n")
                .append(exchanges)
                .append(exchanges == 1 ? " exchange, " : " exchanges, ")
                .append(stores)
                .append(stores == 1 ? " state store\n" : " state stores\n");
        text.append(
                "A change of one row costs, each operator that it reaches and each match of a join counted once:\n");
        nodes.stream().filter(PlanNode.Scan.class::isInstance).forEach(scan -> {
            PlanState.Cost cost = PlanState.costOfChange(plan, scan, view.name(), true);
            PlanState.Cost ofOthers = PlanState.costOfChange(plan, scan, view.name(), false);
            text.append("  ")
                    .append(((PlanNode.Scan) scan).table().name())
                    .append(": ")
                    .append(cost)
                    .append(cost.equals(ofOthers) ? "" : "; if it changes no column of Distinct: " + ofOthers)
                    .append('\n');
        });
    }

    private static String partitionKey(PlanNode.Served served) {
        return served.partitionKey().isEmpty() ? "nothing" : names(served, served.partitionKey());
    }

    /** An order as ORDER BY has it. */
    public static String order(PlanNode node, List<SortColumn> order) {
        return order.stream()
                .map(column -> node.fields().get(column.column()).name()
                        + (column.descending() ? " DESC" : "")
                        + (column.nullsFirst() == column.descending()
                                ? ""
                                : column.nullsFirst() ? " NULLS FIRST" : " NULLS LAST"))
                .collect(Collectors.joining(", "));
    }

    private static List<Integer> positions(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static String names(PlanNode node, List<Integer> columns) {
        return columns.stream().map(column -> node.fields().get(column).name()).collect(Collectors.joining(", "));
    }

    /** The expression with the columns' names in place of their positions. */
    private static String named(Expression expression, List<Field> fields) {
        return named(expression.toString(), fields);
    }

    private static String named(String positional, List<Field> fields) {
        Matcher matcher = Pattern.compile("\\$(\\d+)").matcher(positional);
        return matcher.replaceAll(match -> Matcher.quoteReplacement(
                fields.get(Integer.parseInt(match.group(1))).name()));
    }
}
