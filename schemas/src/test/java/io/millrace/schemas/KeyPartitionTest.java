package io.millrace.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class KeyPartitionTest {

    @Property(tries = 300)
    void theHashIsKafkasOverTheRange(@ForAll byte[] data) {
        byte[] padded = new byte[data.length + 7];
        System.arraycopy(data, 0, padded, 5, data.length);

        assertThat(KeyPartition.murmur2(padded, 5, data.length)).isEqualTo(Utils.murmur2(data));
    }

    @Property(tries = 300)
    void valuesAreEncodedAsAvroEncodesThem(
            @ForAll long number,
            @ForAll int integer,
            @ForAll String text,
            @ForAll byte[] bytes,
            @ForAll boolean flag,
            @ForAll double real,
            @ForAll float small)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        BinaryEncoder avro = EncoderFactory.get().directBinaryEncoder(out, null);
        avro.writeLong(number);
        avro.writeInt(integer);
        avro.writeString(text);
        avro.writeBytes(ByteBuffer.wrap(bytes));
        avro.writeBoolean(flag);
        avro.writeDouble(real);
        avro.writeFloat(small);
        avro.writeString(new UUID(number, ~number).toString());
        avro.flush();

        KeyPartition key = new KeyPartition()
                .addLong(number)
                .addLong(integer)
                .addString(text)
                .addBytes(bytes)
                .addBoolean(flag)
                .addDouble(real)
                .addFloat(small)
                .addUuid(new UUID(number, ~number));

        assertThat(key.payload()).isEqualTo(out.toByteArray());
        assertThat(key.of(7)).isEqualTo(Utils.toPositive(Utils.murmur2(out.toByteArray())) % 7);
    }

    @Test
    void anInstanceServesKeyAfterKey() {
        KeyPartition key = new KeyPartition();
        int first = key.addLong(42).of(1000);

        assertThat(key.reset().addString("another").of(1000)).isNotEqualTo(first);
        assertThat(key.reset().addLong(42).of(1000)).isEqualTo(first);
    }

    @Test
    void nullDiffersFromEveryShortValue() {
        byte[] nothing = new KeyPartition().addNull().payload();

        assertThat(nothing)
                .isNotEqualTo(new KeyPartition().addLong(0).payload())
                .isNotEqualTo(new KeyPartition().addString("").payload())
                .isNotEqualTo(new KeyPartition().addBoolean(false).payload());
    }
}
