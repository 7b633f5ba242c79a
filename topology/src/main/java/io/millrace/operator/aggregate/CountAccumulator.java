package io.millrace.operator.aggregate;

import io.millrace.catalog.SqlType;
import java.util.List;

/** count(): how many values there are. */
final class CountAccumulator implements Accumulator {
    @Override
    public List<SqlType> stateTypes() {
        return List.of(SqlType.BIGINT);
    }

    @Override
    public Object[] initial() {
        return new Object[] {0L};
    }

    @Override
    public Object[] add(Object[] state, Object value, long weight) {
        return new Object[] {(Long) state[0] + weight};
    }

    @Override
    public Object result(Object[] state) {
        return state[0];
    }
}
