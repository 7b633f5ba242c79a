package io.millrace.plan;

import io.millrace.catalog.SqlType;
import io.millrace.sql.FunctionRows;
import io.millrace.sql.Types;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.calcite.rel.type.RelDataTypeField;

/** Puts functions that give rows over the rows that they read, of which they keep the columns that are needed above them. */
final class FunctionPlacement {
    private final RelTranslator translator;

    FunctionPlacement(RelTranslator translator) {
        this.translator = translator;
    }

    RelTranslator.Translated rows(FunctionRows rel, Collection<Integer> needed) {
        int width = rel.getInput().getRowType().getFieldCount();
        List<Integer> beside = needed.stream()
                .filter(column -> column < width)
                .distinct()
                .sorted()
                .toList();
        RelTranslator.Translated input = translator.translate(
                rel.getInput(), RelTranslator.union(beside, RelTranslator.columnsOf(List.of(rel.call()))));
        List<Expression> arguments = translator.arguments(rel.call(), input.columns());
        List<Integer> kept = beside.stream()
                .map(column -> input.columns()[column])
                .distinct()
                .toList();
        List<RelDataTypeField> all = rel.getRowType().getFieldList();
        List<Field> columns = all.subList(width, all.size()).stream()
                .map(field -> new Field(field.getName(), Types.of(field.getType())))
                .toList();
        TableFunction function = TableFunction.of(rel.function());
        PlanNode.FunctionRows node = new PlanNode.FunctionRows(
                input.relation().node(), kept, function, arguments, rel.ordinality(), rel.padded(), columns);
        int[] positions = RelTranslator.nothing(rel);
        beside.forEach(column -> positions[column] = kept.indexOf(input.columns()[column]));
        for (int i = 0; i < columns.size(); i++) {
            positions[width + i] = kept.size() + i;
        }
        return new RelTranslator.Translated(relation(input.relation(), node, jsonb(node)), positions);
    }

    private static boolean jsonb(PlanNode.FunctionRows node) {
        return node.arguments().get(0).type().kind() == SqlType.Kind.JSONB;
    }

    /** What is known of the rows: the column that tells those of one input row apart, if any does, decides on the others. */
    private Relation relation(Relation input, PlanNode.FunctionRows node, boolean jsonb) {
        List<Integer> attributes = new ArrayList<>();
        node.kept().forEach(column -> attributes.add(input.attribute(column)));
        List<Integer> own = new ArrayList<>();
        node.columns().forEach(column -> own.add(translator.newAttribute()));
        attributes.addAll(own);
        int telling = telling(node, jsonb);
        Relation rows =
                new Relation(node, attributes, input.neverNull(), input.dependencies(), null, input.partitioning());
        if (telling < 0) {
            return rows;
        }
        Dependencies dependencies = input.dependencies();
        List<Integer> read = node.arguments().stream()
                .flatMap(argument -> argument.columns().stream())
                .toList();
        if (read.stream().noneMatch(column -> node.input().types().get(column).manyForms())) {
            dependencies =
                    dependencies.with(with(own.get(telling), read.stream().map(input::attribute)), own);
        }
        BitSet neverNull = (BitSet) input.neverNull().clone();
        if (!node.padded()) {
            neverNull.set(own.get(telling));
        }
        BitSet identity = null;
        if (input.identity() != null) {
            dependencies = dependencies.with(
                    with(own.get(telling), input.identity().stream().boxed()), own);
            identity = (BitSet) input.identity().clone();
            identity.set(own.get(telling));
        }
        return new Relation(node, attributes, neverNull, dependencies, identity, input.partitioning());
    }

    private static List<Integer> with(int attribute, Stream<Integer> others) {
        return Stream.concat(Stream.of(attribute), others).toList();
    }

    /** The column of the function's rows in which no two of them agree: their number, a member's name, a series' value, a subscript; or -1. */
    private static int telling(PlanNode.FunctionRows node, boolean jsonb) {
        if (node.ordinality()) {
            return node.columns().size() - 1;
        }
        return switch (node.function()) {
            case GENERATE_SERIES, GENERATE_SUBSCRIPTS -> 0;
            case JSON_EACH, JSON_EACH_TEXT, JSON_OBJECT_KEYS -> jsonb ? 0 : -1;
            case UNNEST,
                    JSON_ARRAY_ELEMENTS,
                    JSON_ARRAY_ELEMENTS_TEXT,
                    STRING_TO_TABLE,
                    REGEXP_MATCHES,
                    REGEXP_SPLIT_TO_TABLE -> -1;
        };
    }
}
