package io.millrace.operator.window;

import io.millrace.operator.expression.EvaluationError;
import io.millrace.operator.expression.Evaluator;
import io.millrace.plan.WindowCall;

/** What numbers rows by their order alone. */
final class Ranks {
    private Ranks() {}

    static WindowFunction of(WindowCall.RankFunction function) {
        return switch (function) {
            case ROW_NUMBER -> rows -> row -> row + 1L;
            case RANK -> rows -> row -> rows.peersFrom(row) + 1L;
            case DENSE_RANK -> Ranks::denseRank;
            case PERCENT_RANK -> rows -> row -> rows.size() == 1 ? 0.0 : rows.peersFrom(row) / (rows.size() - 1.0);
            case CUME_DIST -> rows -> row -> rows.peersTo(row) / (double) rows.size();
        };
    }

    private static WindowFunction.Values denseRank(GroupRows rows) {
        long[] rank = {0};
        return row -> rows.peersFrom(row) == row ? ++rank[0] : rank[0];
    }

    /** The larger parts come first; each has at most one row more than another. */
    static WindowFunction.Values ntile(Evaluator argument, GroupRows rows) {
        return row -> {
            Object given = argument.evaluate(rows.get(0));
            if (given == null) {
                return null;
            }
            long buckets = ((Number) given).longValue();
            if (buckets <= 0) {
                throw new EvaluationError("22014", "argument of ntile must be greater than zero");
            }
            long size = rows.size() / buckets;
            long larger = rows.size() % buckets;
            long inLarger = larger * (size + 1);
            return 1 + (row < inLarger ? row / (size + 1) : larger + (row - inLarger) / size);
        };
    }
}
