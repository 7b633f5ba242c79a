package io.millrace.connectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.debezium.spi.converter.CustomConverter.Converter;
import io.debezium.spi.converter.RelationalColumn;
import java.time.LocalDate;
import java.util.GregorianCalendar;
import java.util.OptionalInt;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;

class ExactValueConverterTest {
    private Schema schema;
    private Converter converter;

    private record TypedColumn(String typeName, boolean isOptional) implements RelationalColumn {
        @Override
        public String name() {
            return "c";
        }

        @Override
        public String dataCollection() {
            return "public.t";
        }

        @Override
        public int jdbcType() {
            return 0;
        }

        @Override
        public int nativeType() {
            return 0;
        }

        @Override
        public String typeExpression() {
            return typeName;
        }

        @Override
        public OptionalInt length() {
            return OptionalInt.empty();
        }

        @Override
        public OptionalInt scale() {
            return OptionalInt.empty();
        }

        @Override
        public Object defaultValue() {
            return null;
        }

        @Override
        public boolean hasDefaultValue() {
            return false;
        }
    }

    private void register(String type, boolean optional) {
        new ExactValueConverter()
                .converterFor(new TypedColumn(type, optional), (SchemaBuilder builder, Converter c) -> {
                    schema = builder.build();
                    converter = c;
                });
    }

    @Test
    void otherTypesAreLeftToDebezium() {
        register("timestamptz", true);

        assertThat(converter).isNull();
    }

    @Test
    void datesOfTheStreamAndOfTheSnapshotBecomeTheSameDays() {
        register("date", true);
        java.sql.Date ides = new java.sql.Date(new GregorianCalendar(44, 2, 15).getTimeInMillis());
        GregorianCalendar caesar = new GregorianCalendar(44, 2, 15);
        caesar.set(GregorianCalendar.ERA, GregorianCalendar.BC);

        assertThat(schema.isOptional()).isTrue();
        assertThat(converter.convert(LocalDate.of(2024, 2, 29))).isEqualTo(19782);
        assertThat(converter.convert(java.sql.Date.valueOf("2024-02-29"))).isEqualTo(19782);
        assertThat(converter.convert(ides))
                .isEqualTo((int) LocalDate.of(44, 3, 15).toEpochDay());
        assertThat(converter.convert(new java.sql.Date(caesar.getTimeInMillis())))
                .isEqualTo((int) LocalDate.of(-43, 3, 15).toEpochDay());
        assertThat(converter.convert(LocalDate.of(5_874_897, 12, 31))).isEqualTo(2145042905);
    }

    @Test
    void infiniteDatesAreTheGreatestAndTheLeast() {
        register("date", true);

        assertThat(converter.convert(new java.sql.Date(9223372036825200000L))).isEqualTo(Integer.MAX_VALUE);
        assertThat(converter.convert(new java.sql.Date(-9223372036832400000L))).isEqualTo(Integer.MIN_VALUE);
        assertThat(converter.convert(LocalDate.of(5_877_611, 6, 21))).isEqualTo(Integer.MAX_VALUE);
        assertThat(converter.convert(LocalDate.of(-5_877_611, 6, 22))).isEqualTo(Integer.MIN_VALUE);
    }

    @Test
    void whatADeletionLacksIsNullWhereItMayBe() {
        register("date", true);
        assertThat(converter.convert(null)).isNull();
        register("date", false);
        assertThat(converter.convert(null)).isEqualTo(0);
        register("_int4", true);
        assertThat(converter.convert(null)).isNull();
        register("_int4", false);
        assertThat(converter.convert(null)).isEqualTo("{}");
    }

    @Test
    void anArrayIsPostgreSQLsTextOfIt() {
        register("_text", true);

        assertThat(schema.name()).isEqualTo("io.millrace.postgres.Array");
        assertThat(converter.convert("{a,NULL,\"b c\"}")).isEqualTo("{a,NULL,\"b c\"}");
    }

    @Test
    void anUnchangedLargeArrayIsMarked() {
        register("_text", true);

        assertThat(converter.convert(new Object())).isEqualTo("__debezium_unavailable_value");
    }

    @Test
    void aDateOfAnUnknownClassIsAnError() {
        register("date", true);

        assertThatThrownBy(() -> converter.convert("yesterday")).isInstanceOf(DataException.class);
    }
}
