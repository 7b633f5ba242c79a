package io.millrace.operator.aggregate;

import io.millrace.catalog.SqlType;
import io.millrace.plan.AggregateFunction;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** bit_and(), bit_or() and bit_xor(): how many of the values have each bit set, from which it follows when some went. */
final class BitCounts implements Accumulator {
    private static final int COUNT = 0;
    private static final int SET = 1;

    private final AggregateFunction function;
    private final SqlType type;
    private final int bits;

    BitCounts(AggregateFunction function, SqlType type) {
        this.function = function;
        this.type = type;
        this.bits = switch (type.kind()) {
            case SMALLINT -> Short.SIZE;
            case INTEGER -> Integer.SIZE;
            default -> Long.SIZE;
        };
    }

    @Override
    public List<SqlType> stateTypes() {
        return List.of(SqlType.BIGINT, SqlType.array(SqlType.BIGINT));
    }

    @Override
    public Object[] initial() {
        return new Object[] {0L, Collections.nCopies(bits, 0L)};
    }

    @Override
    public Object[] add(Object[] state, Object value, long weight) {
        long number = ((Number) value).longValue();
        List<Object> counts = new ArrayList<>((List<?>) state[SET]);
        for (int bit = 0; bit < bits; bit++) {
            if ((number >>> bit & 1) == 1) {
                counts.set(bit, (Long) counts.get(bit) + weight);
            }
        }
        return new Object[] {(Long) state[COUNT] + weight, counts};
    }

    @Override
    public Object result(Object[] state) {
        long values = (Long) state[COUNT];
        if (values <= 0) {
            return null;
        }
        List<?> counts = (List<?>) state[SET];
        long result = 0;
        for (int bit = 0; bit < bits; bit++) {
            long set = (Long) counts.get(bit);
            boolean one =
                    switch (function) {
                        case BIT_AND -> set == values;
                        case BIT_OR -> set > 0;
                        default -> (set & 1) == 1;
                    };
            result |= one ? 1L << bit : 0;
        }
        return switch (type.kind()) {
            case SMALLINT -> (int) (short) result;
            case INTEGER -> (int) result;
            default -> result;
        };
    }
}
