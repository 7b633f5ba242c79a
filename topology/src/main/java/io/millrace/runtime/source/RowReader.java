package io.millrace.runtime.source;

import io.millrace.catalog.Column;
import io.millrace.catalog.Table;
import io.millrace.row.ByteReader;
import io.millrace.row.Row;
import io.millrace.runtime.source.SourceRecordError.Reason;
import io.millrace.schemas.ChangeEvents;
import org.apache.avro.Schema;

/**
 * Reads the wanted columns of a record of a writer's schema as a row and passes over all others. Compiled once a schema;
 * a column that cannot be read is reported by each record that needs it.
 */
final class RowReader {
    private final AvroValues.Reader[] readers;
    private final AvroSkippers.Skipper[] skippers;
    /** By the writer's field: the row's column that it fills, or -1. */
    private final int[] targets;

    private final String[] names;
    private final boolean[] required;
    private final SourceRecordError unreadable;

    private RowReader(
            AvroValues.Reader[] readers,
            AvroSkippers.Skipper[] skippers,
            int[] targets,
            String[] names,
            boolean[] required,
            SourceRecordError unreadable) {
        this.readers = readers;
        this.skippers = skippers;
        this.targets = targets;
        this.names = names;
        this.required = required;
        this.unreadable = unreadable;
    }

    /** The reader of a table's columns at those positions from records of a writer's schema. */
    static RowReader of(Schema writer, Table table, int[] columns) {
        int fieldCount = writer.getFields().size();
        AvroValues.Reader[] readers = new AvroValues.Reader[fieldCount];
        AvroSkippers.Skipper[] skippers = new AvroSkippers.Skipper[fieldCount];
        int[] targets = new int[fieldCount];
        AvroSkippers compiler = new AvroSkippers();
        for (Schema.Field field : writer.getFields()) {
            skippers[field.pos()] = compiler.of(field.schema());
            targets[field.pos()] = -1;
        }
        String[] names = new String[columns.length];
        boolean[] required = new boolean[columns.length];
        SourceRecordError unreadable = null;
        for (int i = 0; i < columns.length; i++) {
            Column column = table.columns().get(columns[i]);
            names[i] = column.name();
            required[i] = !column.nullable();
            Schema.Field field = writer.getField(ChangeEvents.fieldName(column.name()));
            if (field == null) {
                unreadable = new SourceRecordError(
                        Reason.COLUMN_MISSING,
                        "column " + column.name() + " of table " + table.name()
                                + " is not in the record: was it dropped or renamed in the source?");
                continue;
            }
            try {
                readers[field.pos()] = AvroValues.reader(field.schema(), column.type(), column.name());
                targets[field.pos()] = i;
            } catch (SourceRecordError mismatch) {
                unreadable = mismatch;
            }
        }
        return new RowReader(readers, skippers, targets, names, required, unreadable);
    }

    /** Reads a record; {@link AvroValues#UNAVAILABLE} stands for values that were left out. */
    Object[] read(ByteReader in) throws SourceRecordError {
        if (unreadable != null) {
            throw new SourceRecordError(unreadable.reason(), unreadable.getMessage());
        }
        Object[] values = new Object[names.length];
        for (int i = 0; i < targets.length; i++) {
            int target = targets[i];
            if (target < 0) {
                skippers[i].skip(in);
            } else {
                values[target] = readers[i].read(in);
            }
        }
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null && required[i]) {
                throw new SourceRecordError(
                        Reason.NULL_VALUE, "column " + names[i] + " is declared NOT NULL, but has no value");
            }
        }
        return values;
    }

    /** Reads a record that leaves no values out. */
    Row readRow(ByteReader in) throws SourceRecordError {
        return Row.of(read(in));
    }
}
