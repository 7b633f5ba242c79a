package io.millrace.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.catalog.SqlType;
import io.millrace.plan.Field;
import io.millrace.plan.PlanNode;
import io.millrace.row.KeyCodec;
import io.millrace.row.Row;
import io.millrace.row.RowJson;
import io.millrace.row.SqlText;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.avro.generic.GenericRecord;

/**
 * Follows a view's topic as any reader of change events would, and fails when a change does not follow from those before:
 * its {@code before} is not what the key has, or a second row comes for a key that SQL holds equal. Used by one thread.
 */
public final class TopicReader {
    private final PlanNode.View view;
    private final List<SqlType> keyTypes;
    private final KeyCodec keys;
    private final RowJson json;
    private final Map<ByteBuffer, Shown> rows = new HashMap<>();

    /** A row and the key that it came under. */
    private record Shown(GenericRecord key, GenericRecord row) {}

    public TopicReader(PlanNode.View view) {
        this.view = view;
        this.keyTypes = view.key().stream().map(view.types()::get).toList();
        this.keys = KeyCodec.of(keyTypes);
        this.json = RowJson.of(view.fields().stream().map(Field::name).toList(), view.types());
    }

    /** Takes the next record of a key's partition; a null value is a tombstone. */
    public void read(GenericRecord key, GenericRecord value) {
        ByteBuffer sqlKey = ByteBuffer.wrap(keys.encode(values(key, keyTypes)));
        Shown shown = rows.get(sqlKey);
        if (value == null) {
            assertThat(shown)
                    .as("what a tombstone of %s finds in %s", key, view.name())
                    .isNull();
            return;
        }
        assertThat(value.get("before"))
                .as("before of the change %s of %s", value, view.name())
                .isEqualTo(shown == null ? null : shown.row);
        if (shown != null) {
            assertThat(key).as("the key of a change of %s", view.name()).isEqualTo(shown.key);
        }
        GenericRecord after = (GenericRecord) value.get("after");
        if (after == null) {
            rows.remove(sqlKey);
        } else {
            rows.put(sqlKey, new Shown(key, after));
        }
    }

    /** The rows that the changes led to, as JSON, sorted; of a multiset view each row once. */
    public List<String> rows() {
        return rows.values().stream()
                .map(shown -> json.write(Row.of(values(shown.row, view.types()))))
                .sorted()
                .toList();
    }

    private static Object[] values(GenericRecord record, List<SqlType> types) {
        return IntStream.range(0, types.size())
                .mapToObj(i -> record.get(i) instanceof CharSequence text
                        ? SqlText.parse(types.get(i), text.toString())
                        : record.get(i))
                .toArray();
    }
}
