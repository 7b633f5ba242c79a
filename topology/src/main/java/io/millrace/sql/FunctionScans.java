package io.millrace.sql;

import io.millrace.catalog.Table;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.core.Correlate;
import org.apache.calcite.rel.core.CorrelationId;
import org.apache.calcite.rel.core.Filter;
import org.apache.calcite.rel.core.Join;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.rel.core.Project;
import org.apache.calcite.rel.core.TableFunctionScan;
import org.apache.calcite.rel.core.TableScan;
import org.apache.calcite.rel.logical.LogicalCorrelate;
import org.apache.calcite.rel.logical.LogicalFilter;
import org.apache.calcite.rel.logical.LogicalProject;
import org.apache.calcite.rel.logical.LogicalValues;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.apache.calcite.rex.RexBuilder;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexCorrelVariable;
import org.apache.calcite.rex.RexFieldAccess;
import org.apache.calcite.rex.RexInputRef;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;
import org.apache.calcite.rex.RexUtil;
import org.apache.calcite.rex.RexVisitorImpl;
import org.apache.calcite.sql.fun.SqlStdOperatorTable;
import org.apache.calcite.util.ImmutableBitSet;

/**
 * Makes functions in FROM, which Calcite has as sources of rows of their own that read rows beside them, {@link FunctionRows}
 * over the rows that they read, before the decorrelator sees them. A function beside the rows that it reads is one over them:
 *
 * <pre>
 *   posts, unnest(posts.tags)  =  rows of unnest(tags) over posts
 * </pre>
 *
 * <p>One in a subquery is one over the table whose columns it reads, of which the subquery looks up the row of the query around
 * it by the primary key.
 */
final class FunctionScans {
    private FunctionScans() {}

    /**
     * The query with functions over the rows that they read.
     */
    static RelNode placed(RelNode rel) {
        if (rel instanceof Correlate correlate) {
            return placed(correlate);
        }
        if (rel instanceof Join join) {
            RelNode left = placed(join.getLeft());
            Optional<RelNode> beside = beside(left, join.getRight(), null, join.getJoinType(), join.getRowType());
            boolean anyRow = join.getCondition().isAlwaysTrue();
            if (beside.isPresent() && (anyRow || join.getJoinType() == JoinRelType.INNER)) {
                return anyRow ? beside.get() : LogicalFilter.create(beside.get(), join.getCondition());
            }
        }
        if (rel instanceof TableFunctionScan scan) {
            return alone(scan);
        }
        List<RelNode> inputs =
                rel.getInputs().stream().map(FunctionScans::placed).toList();
        return inputs.equals(rel.getInputs()) ? rel : rel.copy(rel.getTraitSet(), inputs);
    }

    private static RelNode placed(Correlate correlate) {
        RelNode left = placed(correlate.getLeft());
        CorrelationId id = correlate.getCorrelationId();
        Optional<RelNode> beside =
                beside(left, correlate.getRight(), id, correlate.getJoinType(), correlate.getRowType());
        if (beside.isPresent()) {
            return beside.get();
        }
        ImmutableBitSet.Builder read = ImmutableBitSet.builder().addAll(correlate.getRequiredColumns());
        RelNode right = placed(lookedUp(correlate.getRight(), id, left, read));
        return LogicalCorrelate.create(left, right, correlate.getHints(), id, read.build(), correlate.getJoinType());
    }

    /** A function that reads no rows is one over a row without meaning. */
    private static RelNode alone(TableFunctionScan scan) {
        RelNode nothing = LogicalValues.createOneRow(scan.getCluster());
        return functionsColumns(
                over(nothing, (RexCall) scan.getCall(), false, scan.getRowType()), 1, scan.getRowType());
    }

    private static RelNode functionsColumns(RelNode rows, int from, RelDataType rowType) {
        RexBuilder rex = rows.getCluster().getRexBuilder();
        List<RexInputRef> columns = IntStream.range(from, rows.getRowType().getFieldCount())
                .mapToObj(column -> rex.makeInputRef(rows, column))
                .toList();
        return LogicalProject.create(rows, List.of(), columns, rowType.getFieldNames(), Set.of());
    }

    /** The input's columns, then those of the function; conditions on the query around stay above the function. */
    private static RelNode over(RelNode input, RexCall call, boolean padded, RelDataType functionsRow) {
        if (!readsAround(input)) {
            return directlyOver(input, call, padded, functionsRow);
        }
        if (input instanceof Filter filter) {
            return LogicalFilter.create(over(filter.getInput(), call, padded, functionsRow), filter.getCondition());
        }
        Project project = (Project) input;
        RelNode rows = over(project.getInput(), (RexCall) beneath(call, project), padded, functionsRow);
        int width = project.getInput().getRowType().getFieldCount();
        List<RexNode> columns = new ArrayList<>(project.getProjects());
        List<String> names = new ArrayList<>(project.getRowType().getFieldNames());
        for (int column = width; column < rows.getRowType().getFieldCount(); column++) {
            columns.add(RexInputRef.of(column, rows.getRowType()));
            names.add(rows.getRowType().getFieldNames().get(column));
        }
        return LogicalProject.create(rows, List.of(), columns, names, Set.of());
    }

    /** Whether there is a condition on the query around, with nothing but conditions and projections above it. */
    private static boolean readsAround(RelNode rel) {
        if (rel instanceof Filter filter) {
            return !ids(filter.getCondition()).isEmpty() || readsAround(filter.getInput());
        }
        return rel instanceof Project project && !project.containsOver() && readsAround(project.getInput());
    }

    /** An expression over a projection as one over what is projected. */
    private static RexNode beneath(RexNode expression, Project project) {
        return expression.accept(new RexShuttle() {
            @Override
            public RexNode visitInputRef(RexInputRef column) {
                return project.getProjects().get(column.getIndex());
            }
        });
    }

    private static RelNode directlyOver(RelNode input, RexCall call, boolean padded, RelDataType functionsRow) {
        var rows = input.getCluster().getTypeFactory().builder();
        Set<String> names = new HashSet<>();
        List<RelDataTypeField> fields = new ArrayList<>(input.getRowType().getFieldList());
        int width = fields.size();
        fields.addAll(functionsRow.getFieldList());
        for (int i = 0; i < fields.size(); i++) {
            String name = fields.get(i).getName();
            while (!names.add(name)) {
                name += "0";
            }
            RelDataType type = fields.get(i).getType();
            rows.add(
                    name,
                    padded && i >= width
                            ? input.getCluster().getTypeFactory().createTypeWithNullability(type, true)
                            : type);
        }
        // An identity projection, since the decorrelator may put the columns of a join into another order.
        boolean plain = input instanceof TableScan || input instanceof Project || input instanceof FunctionRows;
        RelNode ordered = plain
                ? input
                : LogicalProject.create(
                        input,
                        List.of(),
                        input.getCluster().getRexBuilder().identityProjects(input.getRowType()),
                        input.getRowType().getFieldNames(),
                        Set.of());
        return new FunctionRows(ordered, call, padded, rows.build());
    }

    /**
     * The rows of a join with a function, whose rows may be filtered and projected; empty where it is no such join.
     *
     * @param id the name of the left's row in what is joined; null where it is not read
     */
    private static Optional<RelNode> beside(
            RelNode left, RelNode right, CorrelationId id, JoinRelType type, RelDataType rowType) {
        List<RelNode> steps = new ArrayList<>();
        RelNode bottom = right;
        while (bottom instanceof Filter && !((Filter) bottom).containsOver()
                || bottom instanceof Project project && !project.containsOver()) {
            steps.add(0, bottom);
            bottom = bottom.getInput(0);
        }
        boolean padded = type == JoinRelType.LEFT;
        boolean plain = steps.stream()
                .allMatch(step -> step instanceof Project project
                        && project.getProjects().stream().allMatch(RexInputRef.class::isInstance));
        if (!(bottom instanceof TableFunctionScan scan)
                || !(type == JoinRelType.INNER || padded && plain)
                || !ids(scan.getCall()).stream().allMatch(each -> each.equals(id))) {
            return Optional.empty();
        }
        RexShuttle ofLeft = reading(left, id, 0);
        int width = left.getRowType().getFieldCount();
        RelNode rows = over(left, (RexCall) scan.getCall().accept(ofLeft), padded, scan.getRowType());
        RexBuilder rex = left.getCluster().getRexBuilder();
        for (RelNode step : steps) {
            RexShuttle ofRows = reading(left, id, width);
            if (step instanceof Filter filter) {
                rows = LogicalFilter.create(rows, filter.getCondition().accept(ofRows));
                continue;
            }
            Project project = (Project) step;
            List<RexNode> columns = new ArrayList<>();
            List<String> names = new ArrayList<>(left.getRowType().getFieldNames());
            for (int column = 0; column < width; column++) {
                columns.add(rex.makeInputRef(rows, column));
            }
            for (RexNode column : project.getProjects()) {
                columns.add(retyped(column.accept(ofRows), rows));
            }
            names.addAll(project.getRowType().getFieldNames());
            rows = LogicalProject.create(rows, List.of(), columns, names, Set.of());
        }
        return Optional.of(LogicalProject.create(
                rows, List.of(), rex.identityProjects(rows.getRowType()), rowType.getFieldNames(), Set.of()));
    }

    /** A column with the type that the rows have it in: that of a padded one may be NULL. */
    private static RexNode retyped(RexNode expression, RelNode rows) {
        return expression instanceof RexInputRef column
                ? RexInputRef.of(column.getIndex(), rows.getRowType())
                : expression;
    }

    /** Makes what is read of the left's row columns, and moves the columns of the right behind them. */
    private static RexShuttle reading(RelNode left, CorrelationId id, int width) {
        return new RexShuttle() {
            @Override
            public RexNode visitFieldAccess(RexFieldAccess access) {
                boolean ofLeft = access.getReferenceExpr() instanceof RexCorrelVariable row && row.id.equals(id);
                return ofLeft ? RexInputRef.of(access.getField().getIndex(), left.getRowType()) : access;
            }

            @Override
            public RexNode visitInputRef(RexInputRef column) {
                return new RexInputRef(column.getIndex() + width, column.getType());
            }
        };
    }

    private static Set<CorrelationId> ids(RexNode rex) {
        Set<CorrelationId> ids = new HashSet<>();
        rex.accept(new RexVisitorImpl<Void>(true) {
            @Override
            public Void visitCorrelVariable(RexCorrelVariable row) {
                ids.add(row.id);
                return null;
            }
        });
        return ids;
    }

    /** The subquery in which functions of the row around it are those of the table's row that has the same key. */
    private static RelNode lookedUp(RelNode rel, CorrelationId id, RelNode around, ImmutableBitSet.Builder read) {
        if (rel instanceof TableFunctionScan scan && ids(scan.getCall()).contains(id)) {
            try {
                return ids(scan.getCall()).size() > 1 ? scan : new LookUp(scan, id, around).rows(read);
            } catch (NotOfOneTable e) {
                // The decorrelator looks its values up instead.
                return scan;
            }
        }
        List<RelNode> inputs = rel.getInputs().stream()
                .map(input -> lookedUp(input, id, around, read))
                .toList();
        RelNode changed = inputs.equals(rel.getInputs()) ? rel : rel.copy(rel.getTraitSet(), inputs);
        return changed == rel ? rel : beside(changed);
    }

    /** A condition beside the one below it that says which row is looked up, since both may read the same of the row around. */
    private static RelNode beside(RelNode rel) {
        if (rel instanceof Filter filter
                && filter.getInput() instanceof Project project
                && !project.containsOver()
                && project.getInput() instanceof Filter below) {
            RexNode both = RexUtil.composeConjunction(
                    rel.getCluster().getRexBuilder(),
                    List.of(below.getCondition(), beneath(filter.getCondition(), project)));
            return LogicalProject.create(
                    LogicalFilter.create(below.getInput(), both),
                    List.of(),
                    project.getProjects(),
                    project.getRowType().getFieldNames(),
                    Set.of());
        }
        if (rel instanceof Project project
                && !project.containsOver()
                && project.getInput() instanceof Project below
                && below.getInput() instanceof Filter) {
            List<RexNode> columns = project.getProjects().stream()
                    .map(column -> beneath(column, below))
                    .toList();
            return LogicalProject.create(
                    below.getInput(), List.of(), columns, project.getRowType().getFieldNames(), Set.of());
        }
        return rel;
    }

    /** A function in a subquery, and the rows of the query around it. */
    private static final class LookUp {
        private final TableFunctionScan scan;
        private final CorrelationId id;
        private final RelNode around;
        private TableScan table;

        LookUp(TableFunctionScan scan, CorrelationId id, RelNode around) {
            this.scan = scan;
            this.id = id;
            this.around = around;
        }

        RelNode rows(ImmutableBitSet.Builder read) {
            RexCall call = (RexCall) scan.getCall().accept(new RexShuttle() {
                @Override
                public RexNode visitFieldAccess(RexFieldAccess access) {
                    return ofTable(around, access.getField().getIndex());
                }
            });
            Table declared = table.getTable().unwrapOrThrow(Table.class);
            if (declared.primaryKey().isEmpty()) {
                throw refusal();
            }
            RelNode rows = over(table, call, false, scan.getRowType());
            RexBuilder rex = around.getCluster().getRexBuilder();
            RexNode row = rex.makeCorrel(around.getRowType(), id);
            List<RexNode> sameRow = new ArrayList<>();
            for (int key : declared.primaryKey()) {
                int column = columnOf(key);
                read.set(column);
                sameRow.add(rex.makeCall(
                        SqlStdOperatorTable.EQUALS, rex.makeInputRef(rows, key), rex.makeFieldAccess(row, column)));
            }
            RelNode found = LogicalFilter.create(rows, RexUtil.composeConjunction(rex, sameRow));
            return functionsColumns(found, table.getRowType().getFieldCount(), scan.getRowType());
        }

        /** The column of the rows around that holds that column of the table. */
        private int columnOf(int key) {
            TableScan wanted = table;
            for (int column = 0; column < around.getRowType().getFieldCount(); column++) {
                table = null;
                boolean found;
                try {
                    found = ofTable(around, column) instanceof RexInputRef reference && reference.getIndex() == key;
                } catch (NotOfOneTable e) {
                    found = false;
                }
                if (found && wanted.equals(table)) {
                    return column;
                }
            }
            throw refusal();
        }

        /** A column of those rows as an expression over the one table that it is computed from. */
        private RexNode ofTable(RelNode rel, int column) {
            if (rel instanceof TableScan source) {
                if (table != null && !table.equals(source)) {
                    throw refusal();
                }
                table = source;
                return RexInputRef.of(column, source.getRowType());
            } else if (rel instanceof Filter filter) {
                return ofTable(filter.getInput(), column);
            } else if (rel instanceof Project project && !project.containsOver()) {
                return project.getProjects().get(column).accept(new RexShuttle() {
                    @Override
                    public RexNode visitInputRef(RexInputRef reference) {
                        return ofTable(project.getInput(), reference.getIndex());
                    }

                    @Override
                    public RexNode visitCorrelVariable(RexCorrelVariable row) {
                        throw refusal();
                    }
                });
            } else if (rel instanceof FunctionRows rows
                    && column < rows.getInput().getRowType().getFieldCount()) {
                return ofTable(rows.getInput(), column);
            }
            return ofSide(rel, column);
        }

        private RexNode ofSide(RelNode rel, int column) {
            JoinRelType type = rel instanceof Join join
                    ? join.getJoinType()
                    : rel instanceof Correlate correlate ? correlate.getJoinType() : JoinRelType.FULL;
            int width =
                    type == JoinRelType.FULL ? 0 : rel.getInput(0).getRowType().getFieldCount();
            if (column < width && !type.generatesNullsOnLeft()) {
                return ofTable(rel.getInput(0), column);
            } else if (column >= width && rel instanceof Join && !type.generatesNullsOnRight()) {
                return ofTable(rel.getInput(1), column - width);
            }
            throw refusal();
        }

        private NotOfOneTable refusal() {
            return new NotOfOneTable();
        }
    }

    /** That what a function reads is of no one table with a primary key. */
    private static final class NotOfOneTable extends RuntimeException {
        private static final long serialVersionUID = 1;
    }
}
