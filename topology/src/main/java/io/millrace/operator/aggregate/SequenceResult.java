package io.millrace.operator.aggregate;

import io.millrace.catalog.Interval;
import io.millrace.catalog.SqlType;
import io.millrace.catalog.SqlType.Kind;
import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Interpolation;
import io.millrace.operator.expression.JsonObjects;
import io.millrace.plan.AggregateCall;
import io.millrace.row.JsonText;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What an aggregate makes of the values of a group in their order. Of each row the first column is the aggregate's argument,
 * and the second its second argument, if it has one. Stateless and thread-safe.
 */
@FunctionalInterface
public interface SequenceResult {
    /**
     * The aggregate of those rows, at least one.
     *
     * @throws EvaluationError where PostgreSQL's aggregate fails
     */
    Object of(List<Row> rows);

    /**
     * The result of an aggregate that is a sequence.
     *
     * @param types of the rows' columns
     */
    static SequenceResult of(AggregateCall call, List<SqlType> types) {
        return switch (call.function()) {
            case ARRAY_AGG -> SequenceResult::values;
            case STRING_AGG -> types.get(0).kind() == Kind.BYTEA ? SequenceResult::bytes : SequenceResult::text;
            case JSON_AGG -> rows -> array(rows, types.get(0), types.get(0).kind() == Kind.ARRAY);
            case JSON_AGG_OF_ROWS -> rows -> array(rows, types.get(0), true);
            case JSONB_AGG -> rows -> JsonText.canonical(array(rows, types.get(0), false));
            case JSON_OBJECT_AGG -> rows -> object(rows, types, "22004", "null value not allowed for object key");
            case JSONB_OBJECT_AGG ->
                rows -> JsonText.canonical(object(rows, types, "22023", "field name must not be null"));
            case PERCENTILE_CONT -> rows -> percentile(rows, types.get(1), SequenceResult::between);
            case PERCENTILE_DISC -> rows -> percentile(rows, types.get(1), SequenceResult::at);
            case MODE -> rows -> mode(rows, KeyCodec.of(types.subList(0, 1)));
            default -> throw new IllegalArgumentException(call + " makes no sequence of its values");
        };
    }

    private static List<Object> values(List<Row> rows) {
        List<Object> values = new ArrayList<>(rows.size());
        rows.forEach(row -> values.add(row.get(0)));
        return values;
    }

    private static String text(List<Row> rows) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < rows.size(); i++) {
            Object between = i == 0 ? null : rows.get(i).get(1);
            text.append(between == null ? "" : between).append(rows.get(i).get(0));
        }
        return text.toString();
    }

    private static byte[] bytes(List<Row> rows) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < rows.size(); i++) {
            Object between = i == 0 ? null : rows.get(i).get(1);
            if (between != null) {
                bytes.writeBytes((byte[]) between);
            }
            bytes.writeBytes((byte[]) rows.get(i).get(0));
        }
        return bytes.toByteArray();
    }

    /** The values, each but the first on a line of its own where they are made of others. */
    private static String array(List<Row> rows, SqlType type, boolean lines) {
        StringBuilder out = new StringBuilder("[");
        for (Row row : rows) {
            out.append(out.length() > 1 ? ", " : "");
            out.append(lines && row.get(0) != null && out.length() > 1 ? "\n " : "");
            RowJson.appendValue(out, type, row.get(0));
        }
        return out.append(']').toString();
    }

    private static String object(List<Row> rows, List<SqlType> types, String nullState, String nullMessage) {
        StringBuilder out = new StringBuilder("{ ");
        for (int i = 0; i < rows.size(); i++) {
            Object name = rows.get(i).get(0);
            if (name == null) {
                throw new EvaluationError(nullState, nullMessage);
            }
            out.append(i == 0 ? "" : ", ");
            JsonText.appendQuoted(out, JsonObjects.name(types.get(0), name));
            out.append(" : ");
            RowJson.appendValue(out, types.get(1), rows.get(i).get(1));
        }
        return out.append(" }").toString();
    }

    /** What stands at a fraction of the way through ordered values. */
    @FunctionalInterface
    interface Percentile {
        Object of(List<Row> rows, double fraction);
    }

    /** The fraction, or each of the fractions of an array, is the rows' second column, the same in all. */
    private static Object percentile(List<Row> rows, SqlType type, Percentile percentile) {
        Object fractions = rows.get(0).get(1);
        if (fractions == null) {
            return null;
        }
        if (type.kind() != Kind.ARRAY) {
            return percentile.of(rows, checked((Double) fractions));
        }
        List<Object> all = new ArrayList<>();
        for (Object fraction : (List<?>) fractions) {
            all.add(fraction == null ? null : percentile.of(rows, checked((Double) fraction)));
        }
        return all;
    }

    private static double checked(double fraction) {
        if (fraction >= 0 && fraction <= 1) {
            return fraction;
        }
        String written =
                Double.isNaN(fraction) ? "nan" : fraction == Math.rint(fraction) ? "" + (long) fraction : "" + fraction;
        throw new EvaluationError("22003", "percentile value " + written + " is not between 0 and 1");
    }

    private static Object at(List<Row> rows, double fraction) {
        int place = (int) Math.ceil(fraction * rows.size());
        return rows.get(Math.max(place, 1) - 1).get(0);
    }

    private static Object between(List<Row> rows, double fraction) {
        double place = fraction * (rows.size() - 1);
        int below = (int) Math.floor(place);
        int above = (int) Math.ceil(place);
        Object low = rows.get(below).get(0);
        if (below == above) {
            return low;
        }
        Object high = rows.get(above).get(0);
        return low instanceof Interval from
                ? Interpolation.between(from, (Interval) high, place - below)
                : (Object) Interpolation.between((Double) low, (Double) high, place - below);
    }

    /** The value that comes most often, the first of them in the order. */
    private static Object mode(List<Row> rows, KeyCodec codec) {
        Object mode = null;
        int most = 0;
        int count = 0;
        byte[] last = null;
        for (Row row : rows) {
            byte[] key = codec.encode(row.get(0));
            count = Arrays.equals(key, last) ? count + 1 : 1;
            last = key;
            if (count > most) {
                most = count;
                mode = row.get(0);
            }
        }
        return mode;
    }
}
