package io.millrace.operator.expression;

import io.millrace.operator.expression.JsonTree.Elements;
import io.millrace.operator.expression.JsonTree.Members;
import io.millrace.operator.expression.JsonTree.Scalar;
import io.millrace.plan.Function;
import io.millrace.row.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** jsonb_set and jsonb_insert, which put a value at a place within another, #-, which takes it away, and jsonb_pretty. */
final class JsonPlaces {
    private static final int INDENT = 4;

    private final Function function;
    private final List<?> path;
    private final JsonTree value;
    /** Of jsonb_set whether a place that is missing is made, of jsonb_insert whether the value comes behind the place. */
    private final boolean option;

    private JsonPlaces(Function function, List<?> path, JsonTree value, boolean option) {
        this.function = function;
        this.path = path;
        this.value = value;
        this.option = option;
    }

    static Evaluator compile(Function function, Evaluator[] operands) {
        if (function == Function.JSONB_PRETTY) {
            return Arithmetic.strict(operands[0], json -> pretty(JsonTree.of((String) json)));
        }
        if (function == Function.JSONB_DELETE_PATH) {
            return Arithmetic.strict(
                    operands[0], operands[1], (json, path) -> new JsonPlaces(function, (List<?>) path, null, false)
                            .put((String) json));
        }
        return row -> {
            Object json = operands[0].evaluate(row);
            Object path = operands[1].evaluate(row);
            Object value = operands[2].evaluate(row);
            Object option = operands.length > 3 ? operands[3].evaluate(row) : (Object) (function == Function.JSONB_SET);
            return json == null || path == null || value == null || option == null
                    ? null
                    : new JsonPlaces(function, (List<?>) path, JsonTree.of((String) value), (Boolean) option)
                            .put((String) json);
        };
    }

    private String put(String json) {
        if (!path.isEmpty() && path.get(0) instanceof List) {
            throw new EvaluationError("2202E", "wrong number of array subscripts");
        }
        JsonTree tree = JsonTree.of(json);
        if (tree instanceof Scalar) {
            throw new EvaluationError("22023", "cannot " + (deletes() ? "delete" : "set") + " path in scalar");
        }
        boolean nothingMade = (function == Function.JSONB_SET && !option || deletes()) && size(tree) == 0;
        return nothingMade || path.isEmpty() ? json : put(tree, 0).text();
    }

    private boolean deletes() {
        return function == Function.JSONB_DELETE_PATH;
    }

    private static int size(JsonTree tree) {
        return tree instanceof Members members
                ? members.byName().size()
                : ((Elements) tree).list().size();
    }

    private String step(int level) {
        Object step = path.get(level);
        if (step == null) {
            throw new EvaluationError("22004", "path element at position " + (level + 1) + " is null");
        }
        return (String) step;
    }

    private JsonTree put(JsonTree tree, int level) {
        if (tree instanceof Members members) {
            return put(members, level);
        }
        return tree instanceof Elements elements ? put(elements, level) : tree;
    }

    private JsonTree put(Members members, int level) {
        String name = step(level);
        boolean last = level == path.size() - 1;
        Map<String, JsonTree> changed = new LinkedHashMap<>(members.byName());
        JsonTree there = changed.get(name);
        if (there != null && last && function == Function.JSONB_INSERT) {
            throw new EvaluationError("22023", "cannot replace existing key");
        }
        if (there != null && last && deletes()) {
            changed.remove(name);
        } else if (there != null) {
            changed.put(name, last ? value : put(there, level + 1));
        } else if (last && (option || function == Function.JSONB_INSERT)) {
            changed.put(name, value);
        }
        return new Members(changed);
    }

    private JsonTree put(Elements elements, int level) {
        List<JsonTree> changed = new ArrayList<>(elements.list());
        int size = changed.size();
        int index = index(level);
        int at = index < 0 ? index + size : index;
        boolean last = level == path.size() - 1;
        boolean insert = function == Function.JSONB_INSERT;
        if (at >= 0 && at < size) {
            if (last && deletes()) {
                changed.remove(at);
            } else if (!last) {
                changed.set(at, put(changed.get(at), level + 1));
            } else if (insert) {
                changed.add(option ? at + 1 : at, value);
            } else {
                changed.set(at, value);
            }
        } else if (last && (option || insert)) {
            changed.add(at < 0 ? 0 : size, value);
        }
        return new Elements(changed);
    }

    private int index(int level) {
        String step = step(level);
        try {
            return Integer.parseInt(step.strip());
        } catch (NumberFormatException e) {
            throw new EvaluationError(
                    "22P02", "path element at position " + (level + 1) + " is not an integer: \"" + step + "\"");
        }
    }

    private static String pretty(JsonTree tree) {
        StringBuilder out = new StringBuilder();
        append(tree, 0, out);
        return out.toString();
    }

    private static void append(JsonTree tree, int level, StringBuilder out) {
        if (tree instanceof Members members) {
            out.append('{');
            String separator = "";
            for (Map.Entry<String, JsonTree> member : members.byName().entrySet()) {
                line(level + 1, out.append(separator));
                JsonText.appendQuoted(out, member.getKey());
                append(member.getValue(), level + 1, out.append(": "));
                separator = ",";
            }
            line(level, out);
            out.append('}');
        } else if (tree instanceof Elements elements) {
            out.append('[');
            String separator = "";
            for (JsonTree element : elements.list()) {
                line(level + 1, out.append(separator));
                append(element, level + 1, out);
                separator = ",";
            }
            line(level, out);
            out.append(']');
        } else {
            out.append(tree.text());
        }
    }

    private static void line(int level, StringBuilder out) {
        out.append('\n').append(" ".repeat(level * INDENT));
    }
}
