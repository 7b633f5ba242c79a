package io.millrace.runtime.source;

import io.millrace.catalog.Column;
import io.millrace.row.ByteReader;
import io.millrace.row.Row;
import io.millrace.runtime.source.SourceRecordError.Reason;
import io.millrace.schemas.ChangeEvents;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;

/**
 * Reads the wanted columns of a record of a writer's schema as a row and passes over all others. Compiled once a schema;
 * a column that cannot be read is reported by each record that needs it.
 */
final class RowReader {
    /** What to do for each of the writer's fields or runs of fields: read a value, or where that is null, pass over. */
    private final AvroValues.Reader[] readers;

    private final AvroSkippers.Skipper[] skippers;
    /** The row's column that a step reads. */
    private final int[] targets;

    private final String[] names;
    private final boolean[] required;
    private final SourceRecordError unreadable;
    /** Whether columns that cannot be read make the record unreadable. */
    private final boolean all;

    private RowReader(List<Step> steps, List<Column> columns, SourceRecordError unreadable, boolean all) {
        this.all = all;
        this.readers = steps.stream().map(Step::reader).toArray(AvroValues.Reader[]::new);
        this.skippers = steps.stream().map(Step::skipper).toArray(AvroSkippers.Skipper[]::new);
        this.targets = steps.stream().mapToInt(Step::target).toArray();
        this.names = columns.stream().map(Column::name).toArray(String[]::new);
        this.required = new boolean[names.length];
        for (int i = 0; i < names.length; i++) {
            required[i] = !columns.get(i).nullable();
        }
        this.unreadable = unreadable;
    }

    private record Step(AvroValues.Reader reader, AvroSkippers.Skipper skipper, int target) {}

    /** The reader of a table's columns, in the order that rows are to have, from records of a writer's schema. */
    static RowReader of(Schema writer, String table, List<Column> columns) {
        return of(writer, table, columns, true);
    }

    /** As {@link #of}, but columns that cannot be read are NULL. */
    static RowReader ofReadable(Schema writer, String table, List<Column> columns) {
        return of(writer, table, columns, false);
    }

    private static RowReader of(Schema writer, String table, List<Column> columns, boolean all) {
        Map<Integer, Step> reads = new HashMap<>();
        SourceRecordError unreadable = null;
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            Schema.Field field = writer.getField(ChangeEvents.fieldName(column.name()));
            if (field == null) {
                unreadable = new SourceRecordError(
                        Reason.COLUMN_MISSING,
                        "column " + column.name() + " of table " + table
                                + " is not in the record: was it dropped or renamed in the source?");
                continue;
            }
            try {
                AvroValues.Reader reader = AvroValues.reader(field.schema(), column.type(), column.name());
                reads.put(field.pos(), new Step(reader, null, i));
            } catch (SourceRecordError mismatch) {
                unreadable = mismatch;
            }
        }
        return new RowReader(steps(writer, reads), columns, unreadable, all);
    }

    /** Fields that are not read and lie beside each other are passed over in one step. */
    private static List<Step> steps(Schema writer, Map<Integer, Step> reads) {
        AvroSkippers compiler = new AvroSkippers();
        List<Step> steps = new ArrayList<>();
        List<Schema> skipped = new ArrayList<>();
        for (Schema.Field field : writer.getFields()) {
            Step read = reads.get(field.pos());
            if (read == null) {
                skipped.add(field.schema());
                continue;
            }
            if (!skipped.isEmpty()) {
                steps.add(new Step(null, compiler.run(List.copyOf(skipped)), -1));
                skipped.clear();
            }
            steps.add(read);
        }
        if (!skipped.isEmpty()) {
            steps.add(new Step(null, compiler.run(List.copyOf(skipped)), -1));
        }
        return steps;
    }

    /** Whether it reads every column. */
    boolean isComplete() {
        return unreadable == null;
    }

    /** Reads a record; {@link AvroValues#UNAVAILABLE} stands for values that were left out. */
    Object[] read(ByteReader in) throws SourceRecordError {
        if (all && unreadable != null) {
            throw new SourceRecordError(unreadable.reason(), unreadable.getMessage());
        }
        Object[] values = new Object[names.length];
        for (int i = 0; i < targets.length; i++) {
            AvroValues.Reader reader = readers[i];
            if (reader == null) {
                skippers[i].skip(in);
            } else {
                values[targets[i]] = reader.read(in);
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
