package io.millrace.connectors.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TypeFitTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    integer | integer | true
                    bigint | integer | true
                    numeric | integer | true
                    smallint | integer | false
                    integer | bigint | false
                    text | numeric(12,4) | true
                    character varying | uuid | true
                    character varying(5) | character varying(5) | true
                    character varying(4) | character varying(5) | false
                    character varying(5) | character varying | false
                    character(4) | character(4) | true
                    character(5) | character(4) | false
                    numeric(12,4) | numeric(12,4) | true
                    numeric(14,4) | numeric(12,2) | true
                    numeric(12,4) | numeric(12,2) | false
                    numeric(12,2) | numeric(12,4) | false
                    numeric(12,4) | numeric | false
                    numeric | numeric(12,4) | true
                    double precision | real | false
                    timestamp(3) without time zone | timestamp without time zone | false
                    timestamp(6) without time zone | timestamp without time zone | true
                    timestamp with time zone | timestamp without time zone | false
                    integer[] | integer[] | true
                    numeric(4,2)[] | numeric[] | false
                    integer | integer[] | false
                    json | jsonb | false
                    public.mood | mood | true
                    other | mood | false
                    """)
    void aColumnTakesWhatItHoldsUnchanged(String target, String source, boolean fits) {
        assertThat(TypeFit.fits(target, new ColumnType(source, true, List.of())))
                .isEqualTo(fits);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    numeric | true
                    integer[] | true
                    jsonb | true
                    numeric(12,4) | false
                    timestamp(0) with time zone | false
                    """)
    void aTextOfWhichNobodySaysTheTypeMayBeAnythingThatIsNotRounded(String target, boolean fits) {
        assertThat(TypeFit.fits(target, ColumnType.of(Schema.STRING_SCHEMA, "c")))
                .isEqualTo(fits);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    NUMERIC | 12 | 4 | numeric(12,4)
                    NUMERIC | 131089 | 0 | numeric
                    NUMERIC | 0 | 0 | numeric
                    NUMERIC | 5 | | numeric(5,0)
                    VARCHAR | 5 | | character varying(5)
                    VARCHAR | 2147483647 | | character varying
                    BPCHAR | 4 | | character(4)
                    _INT4 | 10 | | integer[]
                    _VARCHAR | 3 | | character varying[]
                    _MOOD | 2147483647 | | mood[]
                    """)
    void theCapturesParametersNameTheType(String type, String length, String scale, String expected) {
        SchemaBuilder schema = SchemaBuilder.string().parameter(ColumnType.TYPE_PARAMETER, type);
        if (length != null) {
            schema.parameter(ColumnType.LENGTH_PARAMETER, length);
        }
        if (scale != null) {
            schema.parameter(ColumnType.SCALE_PARAMETER, scale);
        }
        assertThat(ColumnType.of(schema.build(), "c")).isEqualTo(new ColumnType(expected, true, List.of()));
    }
}
