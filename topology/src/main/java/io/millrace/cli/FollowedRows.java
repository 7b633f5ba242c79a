package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of a view that somebody reads and then follows. Rows are read after the changes are subscribed to, so some of
 * these changes are in them already: a change is news only to the row that it changed.
 */
final class FollowedRows {
    /**
     * A row is read before the transaction that wrote it is committed, and so before its change is told; the longest commit
     * interval later there is no such row any more, and if one was written by a transaction that failed, it is passed over.
     */
    private static final Duration SETTLED = Duration.ofMinutes(1);

    private static final String MULTIPLICITY = "__multiplicity";

    private final List<String> key;
    private final Map<JsonNode, JsonNode> rows = new HashMap<>();
    private final long readNanos = System.nanoTime();

    FollowedRows(List<String> key, List<JsonNode> read) {
        this.key = List.copyOf(key);
        read.forEach(row -> {
            ObjectNode plain = row.deepCopy();
            plain.remove(MULTIPLICITY);
            rows.put(keyOf(plain), plain);
        });
    }

    private JsonNode keyOf(JsonNode row) {
        List<JsonNode> values = new ArrayList<>();
        key.forEach(column -> values.add(row.get(column)));
        return JsonNodeFactory.instance.arrayNode().addAll(values);
    }

    /** Takes a change; says whether it is news. */
    boolean take(JsonNode change) {
        JsonNode before = change.get("before");
        JsonNode after = change.get("after");
        JsonNode rowKey = keyOf(after == null ? before : after);
        JsonNode known = rows.get(rowKey);
        boolean news = before == null ? known == null : before.equals(known);
        if (!news && System.nanoTime() - readNanos < SETTLED.toNanos()) {
            return false;
        }
        if (after == null) {
            rows.remove(rowKey);
        } else {
            rows.put(rowKey, after);
        }
        return true;
    }
}
