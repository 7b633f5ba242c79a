package io.millrace.connectors;

import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import io.millrace.schemas.ChangeEvents;
import java.sql.Array;
import java.time.LocalDate;
import java.util.Calendar;
import java.util.GregorianCalendar;
import java.util.Properties;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.DataException;

/**
 * Carries the PostgreSQL types unchanged that Debezium's own conversion would change or lose:
 *
 * <ul>
 *   <li>Arrays become PostgreSQL's own text of them, e.g. {@code {1,NULL,3}}. Debezium's turn a {@code numeric[]} with a
 *       NaN, an array of an enum with a NULL and the inner arrays of {@code int[][]} into NULL, shift dates and times
 *       before 1582, and leave {@code interval[]} out.
 *   <li>Dates become days since 1970-01-01, the infinities {@link Integer#MAX_VALUE} and {@link Integer#MIN_VALUE}.
 *       Debezium's snapshot reads years before 1582 by another calendar than its stream, and the infinities as two
 *       pairs of dates in the far future and past.
 * </ul>
 */
public final class ExactValueConverter implements CustomConverter<SchemaBuilder, RelationalColumn> {
    /** The semantic name of an array's text in the schema. */
    public static final String ARRAY_NAME = "io.millrace.postgres.Array";

    private static final String DATE_NAME = "io.debezium.time.Date";

    /** How PostgreSQL's JDBC driver returns the infinite dates. */
    private static final long DRIVER_INFINITY_MS = 9223372036825200000L;

    private static final long DRIVER_NEGATIVE_INFINITY_MS = -9223372036832400000L;

    /** PostgreSQL's dates end in 5874897; Debezium's stream shows infinity as a later one. */
    private static final int YEAR_AFTER_ALL = 5_874_898;

    /** PostgreSQL's dates start in 4713 BC. */
    private static final int YEAR_BEFORE_ALL = -4_713;

    @Override
    public void configure(Properties properties) {}

    @Override
    public void converterFor(RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
        boolean optional = column.isOptional();
        if (column.typeName().startsWith("_")) {
            registration.register(
                    nullability(SchemaBuilder.string().name(ARRAY_NAME), optional),
                    value -> value == null ? absent(optional, "{}") : array(value));
        } else if (column.typeName().equals("date")) {
            registration.register(
                    nullability(SchemaBuilder.int32().name(DATE_NAME).version(1), optional),
                    value -> value == null ? absent(optional, 0) : days(value));
        }
    }

    private static SchemaBuilder nullability(SchemaBuilder schema, boolean optional) {
        return optional ? schema.optional() : schema.required();
    }

    /**
     * What stands for a missing value. Where a deletion's old row holds only the key, columns that may not be null need
     * some value, as Debezium's own conversions give them zero.
     */
    private static Object absent(boolean optional, Object filler) {
        return optional ? null : filler;
    }

    private static String array(Object value) {
        // Anything but an array or its text is Debezium's mark of a large value that did not change.
        return value instanceof Array || value instanceof String ? value.toString() : ChangeEvents.UNCHANGED;
    }

    private static int days(Object value) {
        if (value instanceof java.sql.Date date) {
            return driversDays(date);
        }
        if (value instanceof LocalDate date) {
            return date.getYear() >= YEAR_AFTER_ALL
                    ? Integer.MAX_VALUE
                    : date.getYear() <= YEAR_BEFORE_ALL ? Integer.MIN_VALUE : (int) date.toEpochDay();
        }
        if (value instanceof Integer days) {
            return days;
        }
        throw new DataException("a date arrived as " + value.getClass().getName());
    }

    private static int driversDays(java.sql.Date date) {
        if (date.getTime() == DRIVER_INFINITY_MS) {
            return Integer.MAX_VALUE;
        }
        if (date.getTime() == DRIVER_NEGATIVE_INFINITY_MS) {
            return Integer.MIN_VALUE;
        }
        // The driver set the date's fields by the calendar with the Julian past; PostgreSQL's has none. The fields are
        // what PostgreSQL said.
        Calendar fields = new GregorianCalendar();
        fields.setTime(date);
        int year = fields.get(Calendar.YEAR);
        return (int) LocalDate.of(
                        fields.get(Calendar.ERA) == GregorianCalendar.BC ? 1 - year : year,
                        fields.get(Calendar.MONTH) + 1,
                        fields.get(Calendar.DAY_OF_MONTH))
                .toEpochDay();
    }
}
