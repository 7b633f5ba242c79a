package io.millrace.operator.expression;

import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.plan.Function;
import io.millrace.row.JsonText;
import io.millrace.row.RowJson;
import io.millrace.row.SqlText;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Functions and operators of json and jsonb. */
final class JsonFunctions {
    private JsonFunctions() {}

    static Evaluator compile(Function function, List<SqlType> types, Evaluator[] operands) {
        return switch (function) {
            case JSON_GET -> get(types, operands[0], operands[1]);
            case JSON_GET_TEXT -> texts(get(types, operands[0], operands[1]));
            case JSON_PATH -> path(operands[0], operands[1]);
            case JSON_PATH_TEXT -> texts(path(operands[0], operands[1]));
            case JSON_EXTRACT_PATH -> path(types, operands);
            case JSON_EXTRACT_PATH_TEXT -> texts(path(types, operands));
            case HAS_KEY ->
                Arithmetic.strict(
                        operands[0], operands[1], (json, key) -> tree(json).has((String) key));
            case HAS_ANY_KEY -> Arithmetic.strict(operands[0], operands[1], JsonFunctions::hasAny);
            case HAS_ALL_KEYS -> Arithmetic.strict(operands[0], operands[1], JsonFunctions::hasAll);
            case JSON_ARRAY_LENGTH -> Arithmetic.strict(operands[0], JsonFunctions::length);
            case JSON_TYPEOF -> Arithmetic.strict(operands[0], json -> JsonSteps.kind((String) json));
            case JSONB_STRIP_NULLS -> stripped(operands);
            case JSON_BUILD_ARRAY -> array(types, operands);
            case JSONB_BUILD_ARRAY -> Arithmetic.strict(array(types, operands), JsonFunctions::canonical);
            case JSON_BUILD_OBJECT -> object(types, operands, "null value not allowed for object key", "22004");
            case JSONB_BUILD_OBJECT -> objectOfJsonb(types, operands);
            case TO_JSON -> Arithmetic.strict(operands[0], value -> json(types.get(0), value));
            case TO_JSONB -> Arithmetic.strict(operands[0], value -> canonical(json(types.get(0), value)));
            default -> throw new IllegalStateException(function + " is none of json");
        };
    }

    /** @> of jsonb. */
    static Object contains(Object whole, Object part) {
        return tree(whole).contains(tree(part));
    }

    /** || of jsonb. */
    static Object joined(Object first, Object second) {
        return tree(first).with(tree(second)).text();
    }

    /** jsonb - a name, several, or an index. */
    static Object minus(Object json, Object removed) {
        if (removed instanceof Integer index) {
            return tree(json).without(index).text();
        }
        Set<String> keys = new HashSet<>();
        if (removed instanceof List<?> list) {
            list.forEach(key -> keys.add((String) key));
            keys.remove(null);
        } else {
            keys.add((String) removed);
        }
        return tree(json).without(keys).text();
    }

    private static JsonTree tree(Object json) {
        return JsonTree.of((String) json);
    }

    private static Object canonical(Object json) {
        return JsonText.canonical((String) json);
    }

    private static Evaluator get(List<SqlType> types, Evaluator json, Evaluator key) {
        if (types.get(1).kind() != Kind.INTEGER) {
            return Arithmetic.strict(json, key, (whole, name) -> JsonSteps.member((String) whole, (String) name));
        }
        return types.get(0).kind() == Kind.JSON
                ? Arithmetic.strict(json, key, (whole, index) -> JsonSteps.element((String) whole, (Integer) index))
                : Arithmetic.strict(json, key, (whole, index) -> elementOrScalar((String) whole, (Integer) index));
    }

    /** A jsonb that is a scalar is kept as an array of it, which shows here. */
    private static Object elementOrScalar(String json, int index) {
        char first = JsonSteps.first(json);
        boolean scalar = first != '[' && first != '{';
        return scalar ? (index == 0 || index == -1 ? json : null) : JsonSteps.element(json, index);
    }

    private static Evaluator path(Evaluator json, Evaluator path) {
        return Arithmetic.strict(json, path, (whole, steps) -> JsonSteps.at((String) whole, (List<?>) steps));
    }

    /** Of json, then each step: a text, or a number for an index. */
    static Evaluator path(List<SqlType> types, Evaluator[] operands) {
        return row -> {
            Object json = operands[0].evaluate(row);
            Object[] steps = new Object[operands.length - 1];
            for (int i = 0; i < steps.length; i++) {
                Object step = operands[i + 1].evaluate(row);
                steps[i] = step == null ? null : SqlText.write(types.get(i + 1), step);
            }
            return json == null ? null : JsonSteps.at((String) json, Arrays.asList(steps));
        };
    }

    private static Evaluator texts(Evaluator part) {
        return Arithmetic.strict(part, json -> JsonSteps.text((String) json));
    }

    private static Object hasAny(Object json, Object keys) {
        JsonTree tree = tree(json);
        return ((List<?>) keys).stream().anyMatch(key -> key != null && tree.has((String) key));
    }

    private static Object hasAll(Object json, Object keys) {
        JsonTree tree = tree(json);
        return ((List<?>) keys).stream().allMatch(key -> key == null || tree.has((String) key));
    }

    private static Object length(Object json) {
        char first = JsonSteps.first((String) json);
        if (first == '[') {
            return JsonSteps.size((String) json);
        }
        throw new EvaluationError("22023", "cannot get array length of a " + (first == '{' ? "non-array" : "scalar"));
    }

    private static Evaluator stripped(Evaluator[] operands) {
        Evaluator inArrays = operands.length > 1 ? operands[1] : row -> false;
        return Arithmetic.strict(operands[0], inArrays, (json, too) -> tree(json)
                .withoutNulls((Boolean) too)
                .text());
    }

    /** A value as to_json writes it. */
    private static String json(SqlType type, Object value) {
        StringBuilder out = new StringBuilder();
        RowJson.appendValue(out, type, value);
        return out.toString();
    }

    private static Evaluator array(List<SqlType> types, Evaluator[] operands) {
        return row -> {
            StringBuilder out = new StringBuilder("[");
            for (int i = 0; i < operands.length; i++) {
                out.append(i == 0 ? "" : ", ");
                RowJson.appendValue(out, types.get(i), operands[i].evaluate(row));
            }
            return out.append(']').toString();
        };
    }

    private static Evaluator objectOfJsonb(List<SqlType> types, Evaluator[] operands) {
        return Arithmetic.strict(object(types, operands, null, "22023"), JsonFunctions::canonical);
    }

    /** Names and values in turn. */
    private static Evaluator object(List<SqlType> types, Evaluator[] operands, String nameless, String state) {
        return row -> {
            if (operands.length % 2 != 0) {
                throw new EvaluationError("22023", "argument list must have even number of elements");
            }
            StringBuilder out = new StringBuilder("{");
            for (int i = 0; i < operands.length; i += 2) {
                Object name = operands[i].evaluate(row);
                if (name == null) {
                    String message = nameless == null ? "argument " + (i + 1) + ": key must not be null" : nameless;
                    throw new EvaluationError(state, message);
                }
                out.append(i == 0 ? "" : ", ");
                JsonText.appendQuoted(out, JsonObjects.name(types.get(i), name));
                out.append(" : ");
                RowJson.appendValue(out, types.get(i + 1), operands[i + 1].evaluate(row));
            }
            return out.append('}').toString();
        };
    }
}
