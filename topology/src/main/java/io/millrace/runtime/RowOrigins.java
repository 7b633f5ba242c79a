package io.millrace.runtime;

import io.millrace.catalog.SqlType;
import io.millrace.operator.ViewChange;
import io.millrace.plan.PlanNode;
import io.millrace.row.KeyCodec;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Of which change in the source a view's rows are, as far as it is known here: of the last rows that changed while this instance
 * ran, no more than {@value #MOST_ROWS}. Written by the view's tasks, read by any thread.
 */
final class RowOrigins {
    private static final int MOST_ROWS = 50_000;

    private final KeyCodec keys;
    private final int[] key;
    private final Map<ByteBuffer, Known> known = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Known> eldest) {
            return size() > MOST_ROWS;
        }
    };

    /** A row's hash, by which it is told from the one before and after it, and its change. */
    private record Known(int hash, Origin origin) {}

    RowOrigins(PlanNode.View view) {
        this.key = view.key().stream().mapToInt(Integer::intValue).toArray();
        List<SqlType> types = new ArrayList<>();
        view.key().forEach(column -> types.add(view.types().get(column)));
        this.keys = KeyCodec.of(types);
    }

    /** Takes a change of what the view shows. */
    void changed(ViewChange change) {
        Row row = change.after() == null ? change.before() : change.after();
        ByteBuffer at = ByteBuffer.wrap(keys.encode(row, key));
        synchronized (known) {
            // What changed last is to stay longest.
            known.remove(at);
            if (change.after() != null) {
                known.put(at, new Known(row.hashCode(), change.origin()));
            }
        }
    }

    /** The change that a row is of; empty where it is not known, or the row is shown no more. */
    Optional<Origin> of(Row row) {
        ByteBuffer at = ByteBuffer.wrap(keys.encode(row, key));
        Known found;
        synchronized (known) {
            found = known.get(at);
        }
        return found == null || found.hash() != row.hashCode() ? Optional.empty() : Optional.of(found.origin());
    }
}
