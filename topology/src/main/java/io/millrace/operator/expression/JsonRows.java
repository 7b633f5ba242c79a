package io.millrace.operator.expression;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.millrace.catalog.SqlType;
import io.millrace.plan.Function;
import io.millrace.row.JsonText;
import io.millrace.row.RowJson;
import java.io.IOException;
import java.util.List;

/** JSON of rows and of arrays, and json without nulls, whose members keep their order and may come twice. */
final class JsonRows {
    private static final String LINE = ",\n ";
    private static final String WRONG_ARRAY = "2202E";

    private JsonRows() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        return switch (function) {
            case ROW_OBJECT -> row(types, operands);
            case ARRAY_TO_JSON -> array(types.get(0), operands);
            case JSONB_OBJECT -> Arithmetic.strict(object(operands), json -> JsonText.canonical((String) json));
            case JSON_STRIP_NULLS -> {
                Evaluator inArrays = operands.length > 1 ? operands[1] : row -> false;
                yield Arithmetic.strict(
                        operands[0], inArrays, (json, too) -> withoutNulls((String) json, (Boolean) too));
            }
            default -> throw new IllegalStateException(function + " makes no JSON of rows");
        };
    }

    /** What is NULL where there is no row, whether each member has a line of its own, then names and values in turn. */
    private static Evaluator row(List<SqlType> types, Evaluator[] operands) {
        int count = operands.length / 2 - 1;
        String[] members = new String[count];
        for (int i = 0; i < count; i++) {
            StringBuilder member = new StringBuilder();
            JsonText.appendQuoted(member, (String) operands[2 + 2 * i].evaluate(null));
            members[i] = member.append(':').toString();
        }
        return row -> {
            Object presence = operands[0].evaluate(row);
            Object lines = operands[1].evaluate(row);
            if (presence == null || lines == null) {
                return null;
            }
            StringBuilder out = new StringBuilder("{");
            for (int i = 0; i < count; i++) {
                out.append(i == 0 ? "" : (Boolean) lines ? LINE : ",").append(members[i]);
                RowJson.appendValue(out, types.get(3 + 2 * i), operands[3 + 2 * i].evaluate(row));
            }
            return out.append('}').toString();
        };
    }

    private static Evaluator array(SqlType type, Evaluator[] operands) {
        Evaluator inLines = operands.length > 1 ? operands[1] : row -> false;
        return Arithmetic.strict(operands[0], inLines, (array, lines) -> {
            StringBuilder out = new StringBuilder("[");
            for (Object element : (List<?>) array) {
                out.append(out.length() == 1 ? "" : (Boolean) lines ? LINE : ",");
                RowJson.appendValue(out, element instanceof List ? type : ArrayInput.baseOf(type), element);
            }
            return out.append(']').toString();
        });
    }

    /** Names and values in turn, in pairs, or each in an array of their own. */
    private static Evaluator object(Evaluator[] operands) {
        return operands.length == 1
                ? Arithmetic.strict(operands[0], array -> object((List<?>) array))
                : Arithmetic.strict(
                        operands[0], operands[1], (names, values) -> object((List<?>) names, (List<?>) values));
    }

    private static String object(List<?> array) {
        boolean pairs = !array.isEmpty() && array.get(0) instanceof List;
        List<?> pair = pairs ? (List<?>) array.get(0) : List.of();
        if (!pair.isEmpty() && pair.get(0) instanceof List) {
            throw wrong("wrong number of array subscripts");
        }
        if (pairs && pair.size() != 2) {
            throw wrong("array must have two columns");
        }
        List<Object> all = ArrayFunctions.elements(array);
        if (all.size() % 2 != 0) {
            throw wrong("array must have even number of elements");
        }
        StringBuilder out = new StringBuilder("{");
        for (int i = 0; i < all.size(); i += 2) {
            append(out, all.get(i), all.get(i + 1));
        }
        return out.append('}').toString();
    }

    private static String object(List<?> names, List<?> values) {
        boolean nested = !names.isEmpty() && names.get(0) instanceof List
                || !values.isEmpty() && values.get(0) instanceof List
                || names.isEmpty() != values.isEmpty();
        if (nested) {
            throw wrong("wrong number of array subscripts");
        }
        if (names.size() != values.size()) {
            throw wrong("mismatched array dimensions");
        }
        StringBuilder out = new StringBuilder("{");
        for (int i = 0; i < names.size(); i++) {
            append(out, names.get(i), values.get(i));
        }
        return out.append('}').toString();
    }

    private static void append(StringBuilder out, Object name, Object value) {
        if (name == null) {
            throw new EvaluationError("22004", "null value not allowed for object key");
        }
        out.append(out.length() == 1 ? "" : ", ");
        JsonText.appendQuoted(out, (String) name);
        out.append(" : ");
        if (value == null) {
            out.append("null");
        } else {
            JsonText.appendQuoted(out, (String) value);
        }
    }

    private static EvaluationError wrong(String message) {
        return new EvaluationError(WRONG_ARRAY, message);
    }

    private static String withoutNulls(String json, boolean inArrays) {
        try (JsonParser parser = JsonTree.FACTORY.createParser(json)) {
            parser.nextToken();
            StringBuilder out = new StringBuilder(json.length());
            strip(parser, inArrays, out);
            return out.toString();
        } catch (IOException e) {
            throw new IllegalStateException("a json value that is none", e);
        }
    }

    private static void strip(JsonParser parser, boolean inArrays, StringBuilder out) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                String separator = "{";
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    if (parser.nextToken() != JsonToken.VALUE_NULL) {
                        JsonText.appendQuoted(out.append(separator), name);
                        strip(parser, inArrays, out.append(':'));
                        separator = ",";
                    }
                }
                out.append(separator.equals("{") ? "{}" : "}");
            }
            case START_ARRAY -> {
                String separator = "[";
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    if (!inArrays || parser.currentToken() != JsonToken.VALUE_NULL) {
                        strip(parser, inArrays, out.append(separator));
                        separator = ",";
                    }
                }
                out.append(separator.equals("[") ? "[]" : "]");
            }
            case VALUE_STRING -> JsonText.appendQuoted(out, parser.getText());
            default -> out.append(parser.getText());
        }
    }
}
