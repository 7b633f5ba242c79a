package io.millrace.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.calcite.plan.RelTraitSet;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rel.RelWriter;
import org.apache.calcite.rel.SingleRel;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.rel.type.RelDataTypeField;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.rex.RexNode;
import org.apache.calcite.rex.RexShuttle;

/** The input's rows, each with every row that a function gives for it: relational algebra's form of a function in FROM. */
public final class FunctionRows extends SingleRel {
    private final RexCall call;
    private final boolean padded;

    /**
     * The rows of that type: the input's columns, then those of the function.
     *
     * @param call the function, of the input's columns
     * @param padded whether an input row for which the function gives none appears with NULLs
     */
    FunctionRows(RelNode input, RexCall call, boolean padded, RelDataType rowType) {
        super(input.getCluster(), input.getTraitSet(), input);
        this.call = call;
        this.padded = padded;
        this.rowType = rowType;
    }

    /** The function's name, as PostgreSQL has it. */
    public String function() {
        return call.getOperator().getName();
    }

    /** The function and its arguments. */
    public RexCall call() {
        return call;
    }

    /** Whether the last column numbers the rows that the function gives for one row. */
    public boolean ordinality() {
        return ((TableFunction) call.getOperator()).ordinality();
    }

    /** Whether an input row for which the function gives none appears with NULLs. */
    public boolean padded() {
        return padded;
    }

    /** The same function of those rows. */
    FunctionRows over(RelNode input, RexCall newCall) {
        var row = getCluster()
                .getTypeFactory()
                .builder()
                .addAll(input.getRowType().getFieldList());
        List<String> names = new ArrayList<>(input.getRowType().getFieldNames());
        int width = getInput().getRowType().getFieldCount();
        for (RelDataTypeField field : rowType.getFieldList().subList(width, rowType.getFieldCount())) {
            String name = field.getName();
            while (names.contains(name)) {
                name += "0";
            }
            names.add(name);
            row.add(name, field.getType());
        }
        return new FunctionRows(input, newCall, padded, row.build());
    }

    @Override
    public FunctionRows copy(RelTraitSet traits, List<RelNode> inputs) {
        return new FunctionRows(inputs.get(0), call, padded, rowType);
    }

    @Override
    public RelNode accept(RexShuttle shuttle) {
        RexNode changed = shuttle.apply(call);
        return changed.equals(call) ? this : new FunctionRows(getInput(), (RexCall) changed, padded, rowType);
    }

    @Override
    public RelWriter explainTerms(RelWriter writer) {
        return super.explainTerms(writer)
                .item("call", call)
                .item("ordinality", ordinality())
                .item("padded", padded);
    }
}
