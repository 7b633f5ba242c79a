package io.millrace.sql;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.SqlType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.calcite.rel.type.RelDataType;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlCharStringLiteral;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.type.SqlTypeName;
import org.apache.calcite.sql.util.SqlBasicVisitor;
import org.apache.calcite.sql.validate.SqlValidator;

/** Finds the constants in quotes of a validated query, so that each can be read as what it is taken for. */
final class QuotedConstants extends SqlBasicVisitor<Void> {
    private final String file;
    private final SqlValidator validator;
    private final List<QuotedConstant> found = new ArrayList<>();

    private QuotedConstants(String file, SqlValidator validator) {
        this.file = file;
        this.validator = validator;
    }

    /** The constants of a query, each once, in their order. */
    static List<QuotedConstant> of(SqlNode query, String file, SqlValidator validator) {
        QuotedConstants constants = new QuotedConstants(file, validator);
        query.accept(constants);
        return constants.found.stream().distinct().toList();
    }

    @Override
    public Void visit(SqlCall call) {
        if (isCast(call)) {
            addCast(call, "");
        } else if (call.getOperator() instanceof FrameFunction) {
            addArguments(call, (FrameFunction) call.getOperator());
            for (SqlNode operand : call.getOperandList()) {
                if (!(operand instanceof SqlCall cast && isCast(cast) && addCast(cast, FrameFunction.NAME))) {
                    operand.accept(this);
                }
            }
            return null;
        } else if (call.getOperator() instanceof Overloaded overloaded) {
            addArguments(call, overloaded);
        } else if (call.getKind() == SqlKind.POSIX_REGEX_CASE_SENSITIVE
                || call.getKind() == SqlKind.POSIX_REGEX_CASE_INSENSITIVE) {
            add(call, 1, SqlType.TEXT, "~");
        }
        return super.visit(call);
    }

    private static boolean isCast(SqlCall call) {
        return call.getKind() == SqlKind.CAST || call.getOperator().equals(Operators.INTERVAL_CAST);
    }

    /** Whether what is cast is a constant in quotes. */
    private boolean addCast(SqlCall call, String function) {
        RelDataType type = validator.getValidatedNodeTypeIfKnown(call);
        if (type != null && isQuoted(call.operand(0))) {
            add(call, 0, Types.of(type), function);
        }
        return isQuoted(call.operand(0));
    }

    private void addArguments(SqlCall call, Overloaded overloaded) {
        SqlType[] types = new SqlType[call.operandCount()];
        for (int i = 0; i < types.length; i++) {
            RelDataType type = validator.getValidatedNodeTypeIfKnown(call.operand(i));
            if (type == null) {
                return;
            }
            if (type.isStruct()) {
                return;
            }
            boolean unknown = type.getSqlTypeName() == SqlTypeName.NULL || isQuoted(call.operand(i));
            types[i] = unknown ? null : Types.of(type);
        }
        Optional<Signature> signature = overloaded.signature(Arrays.asList(types));
        for (int i = 0; i < types.length && signature.isPresent(); i++) {
            int argument = i;
            signature
                    .get()
                    .type(i)
                    .ifPresent(type -> add(call, argument, type, signature.get().name()));
        }
    }

    private void add(SqlCall call, int argument, SqlType type, String function) {
        SqlNode node = call.operand(argument);
        if (isQuoted(node)) {
            SqlParserPos position = node.getParserPosition();
            SourcePlace place = new SourcePlace(file, position.getLineNum(), position.getColumnNum());
            // Not toList(), which takes no null.
            List<String> arguments = new ArrayList<>();
            call.getOperandList().forEach(each -> arguments.add(textOf(each)));
            found.add(new QuotedConstant(textOf(node), type, function, argument, arguments, place));
        }
    }

    private static String textOf(SqlNode node) {
        return isQuoted(node) ? ((SqlCharStringLiteral) node).getValueAs(String.class) : null;
    }

    private static boolean isQuoted(SqlNode node) {
        return node instanceof SqlCharStringLiteral;
    }
}
