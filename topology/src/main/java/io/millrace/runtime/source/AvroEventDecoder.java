package io.millrace.runtime.source;

import io.millrace.catalog.Column;
import io.millrace.catalog.Table;
import io.millrace.row.ByteReader;
import io.millrace.row.Origin;
import io.millrace.row.SourceChange;
import io.millrace.runtime.source.SourceRecordError.Reason;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.Schema;

/** Decodes an event topic in Avro: each record is one row, its fields named as the columns. */
public final class AvroEventDecoder implements SourceDecoder {
    private final CompiledSchemas<RowReader> values;
    private final EventOrigins origins;
    private final ByteReader in = new ByteReader();

    /**
     * A decoder of an event topic.
     *
     * @param columns the needed columns' positions in the table, in the order that rows are to have
     */
    public AvroEventDecoder(Table table, int[] columns, SchemaLookup schemas) {
        this.origins = new EventOrigins(table.source().topic());
        List<Column> read =
                Arrays.stream(columns).mapToObj(table.columns()::get).toList();
        this.values = new CompiledSchemas<>(schemas, schema -> {
            if (schema.getType() != Schema.Type.RECORD) {
                throw new SourceRecordError(
                        Reason.MALFORMED,
                        "not a record, but " + schema.getType().getName());
            }
            return RowReader.of(schema, table.name(), read);
        });
    }

    @Override
    public SourceChange decode(byte[] key, byte[] value, int partition, long offset, long timestampMs)
            throws SourceRecordError {
        if (value == null) {
            return null;
        }
        Origin origin = origins.of(partition, offset, timestampMs);
        try {
            return new SourceChange(
                    false, null, values.readHeader(in.reset(value)).readRow(in), null, origin);
        } catch (IndexOutOfBoundsException e) {
            throw new SourceRecordError(Reason.MALFORMED, "not what its schema says: " + e.getMessage(), e);
        }
    }
}
